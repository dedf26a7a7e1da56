import { type Entry, LedgerEvent } from "../contract/entry.ts";
import { canonicalJson, isObject } from "../contract/json.ts";
import { GENESIS, chainHash, entryText } from "./chain.ts";
import { openUnderAny, parseCheckpoint } from "./checkpoint.ts";
import { isHandOver } from "./hand-over.ts";
import { isTooDeep } from "./json-depth.ts";
import { EMPTY, type Frontier, addLeaf, rootOf } from "./merkle.ts";
import { originOf } from "./note.ts";
import { referenceOf } from "./projections.ts";
import { replace } from "./stored-value.ts";

export type Finding = {
  /** The entry it was found at; null for what concerns the whole. */
  readonly seq: number | null;
  readonly kind:
    | "unreadable"
    | "sequence"
    | "chain"
    | "canonical"
    | "schema"
    | "time"
    | "key"
    | "checkpoint"
    | "witness"
    | "truncated"
    | "beside"
    | "projection"
    | "export";
  readonly message: string;
};

/** A signed note, and whether it comes from the ledger's own table or from a witness. */
export type SignedNote = { readonly note: string; readonly from: "checkpoint" | "witness" };

export type ChainCheck = {
  /** Takes the next entry's text and its recorded hash; returns the entry where it can be read. */
  add(text: string, hash: string): Entry | undefined;
  /** Checks the notes against the chain, which is complete now. */
  finish(): { ledger: string | null; entries: number; head: string; publicKey: string | null };
};

/**
 * Checks entries in order, holding none of them: hashes, canonical form, sequence, shape, times, principals, keys;
 * at the end the signed notes. `trusted` is the verifier key that the ledger must be under.
 */
export function createChainCheck(
  trusted: string | undefined,
  notes: readonly SignedNote[],
  report: (finding: Finding) => void,
): ChainCheck {
  const roots = new Map<number, Uint8Array | undefined>(notes.map(({ note }) => [sizeOf(note), undefined]));
  const principals = new Set<string>();
  const authors = new Map<string, number>();
  const keys: LedgerKey[] = [];
  let ledger: string | null = null;
  let frontier: Frontier = EMPTY;
  let previous = GENESIS.hash;
  let lastSeq = 0;
  let lastAt = "";

  const checkEntry = (entry: Entry, text: string) => {
    const { seq } = entry;
    const at = (kind: Finding["kind"], message: string) => report({ seq, kind, message });
    if (seq !== lastSeq + 1) at("sequence", `Entry ${seq} follows on entry ${lastSeq}.`);
    lastSeq = seq;
    if (recompose(entry) !== text) at("canonical", "The entry's text is not its canonical form.");
    if (!isInstant(entry.at)) at("schema", `at: ${JSON.stringify(entry.at)} is not a time.`);
    else if (entry.at < lastAt) at("time", `The time goes back from ${lastAt} to ${entry.at}.`);
    else lastAt = entry.at;
    for (const problem of schemaProblems(entry)) at("schema", problem);
    if (!authors.has(entry.by)) authors.set(entry.by, seq);
    if (entry.type === "object-recorded") principals.add(referenceOf(entry.data.kind, entry.data.digest));
    if ((entry.type === "ledger-created") !== (seq === 1))
      at("sequence", "The ledger's first entry is not its only first.");
    if (entry.type === "ledger-created" && ledger === null) {
      ledger = entry.data.id;
      keys.push({ verifier: entry.data.publicKey, since: frontier.size });
    }
    if (entry.type === "key-changed") {
      const { publicKey, previous: before } = entry.data;
      if (before === keys.at(-1)?.verifier && isHandOver(entry.data))
        keys.push({ verifier: publicKey, since: frontier.size });
      else at("key", `The change to the key ${publicKey} is not signed by the key before.`);
    }
  };

  const checkNote = ({ note, from }: SignedNote) => {
    const size = sizeOf(note);
    const problem = noteProblem(note, inForce(keys, size), ledger);
    if (problem !== undefined) return report({ seq: null, kind: from, message: problem });
    if (size > frontier.size) {
      const message = `A ${from} is of ${size} entries, and there are only ${frontier.size}.`;
      return report({ seq: null, kind: "truncated", message });
    }
    const root = size === 0 ? rootOf(EMPTY) : roots.get(size);
    if (root !== undefined && Buffer.from(root).equals(parseCheckpoint(textOf(note)).root)) return;
    const message = `The first ${size} entries are not those that the ${from} was signed for.`;
    report({ seq: null, kind: from, message });
  };

  const checkTrust = (verifier: string) => {
    const from = keys.findIndex((key) => key.verifier === verifier);
    const vouching = keys.slice(from).map((key) => key.verifier);
    if (from < 0)
      report({
        seq: null,
        kind: "key",
        message: `The ledger is under the key ${keys.at(-1)?.verifier}, not under ${verifier}.`,
      });
    else if (!notes.some(({ note }) => openUnderAny(note, vouching) !== undefined))
      report({
        seq: null,
        kind: "checkpoint",
        message: `No checkpoint is signed with the key ${verifier} or one that followed it.`,
      });
  };

  return {
    add(text, hash) {
      const expected = Buffer.from(chainHash(previous, text)).toString("hex");
      const entry = parseEntry(text);
      const seq = entry?.seq ?? lastSeq + 1;
      if (expected !== hash)
        report({ seq, kind: "chain", message: `The entry's hash is ${expected}, not ${hash}.` });
      previous = Buffer.from(hash, "hex");
      frontier = addLeaf(frontier, previous);
      if (roots.has(frontier.size)) roots.set(frontier.size, rootOf(frontier));
      if (entry === undefined) {
        lastSeq = seq;
        report({ seq, kind: "unreadable", message: "The entry is not readable." });
      } else checkEntry(entry, text);
      return entry;
    },

    finish() {
      for (const [author, seq] of authors)
        if (!principals.has(author))
          report({ seq, kind: "schema", message: `by: the principal ${author} is not recorded.` });
      for (const note of notes) checkNote(note);
      if (trusted !== undefined) checkTrust(trusted);
      return {
        ledger,
        entries: frontier.size,
        head: Buffer.from(previous).toString("hex"),
        publicKey: keys.at(-1)?.verifier ?? null,
      };
    },
  };
}

/** A key that signs from the entry on with which the ledger came under it. */
type LedgerKey = { readonly verifier: string; readonly since: number };

// Somebody may have stolen a key that was replaced: it counts for nothing that is newer.
function inForce(keys: readonly LedgerKey[], size: number): string[] {
  return keys
    .filter((_, index) => (keys[index + 1]?.since ?? Infinity) > size)
    .map(({ verifier }) => verifier);
}

function parseEntry(text: string): Entry | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(entry) || !isObject(entry["data"]) || isTooDeep(text)) return undefined;
  return Number.isSafeInteger(entry["seq"]) && typeof entry["type"] === "string"
    ? (entry as Entry)
    : undefined;
}

// Without one where a text holds what canonical JSON cannot.
function recompose(entry: Entry): string | undefined {
  try {
    return entryText(entry, entry, canonicalJson(entry.data));
  } catch {
    return undefined;
  }
}

function isInstant(at: unknown): at is string {
  return typeof at === "string" && !Number.isNaN(Date.parse(at)) && new Date(at).toISOString() === at;
}

const PLACEHOLDERS: Readonly<Record<string, unknown>> = {
  string: "",
  number: 0,
  boolean: false,
  array: [],
  object: {},
};

function schemaProblems(entry: Entry): string[] {
  const { seq: _seq, at: _at, by: _by, ...event } = entry;
  const data = replace(entry.data, {
    sealed: (_commitment, marker) => PLACEHOLDERS[String(marker["shape"])] ?? null,
    key: (commitment) => commitment,
    blob: () => "",
    literal: (object, recurse) =>
      Object.fromEntries(Object.entries(object).map(([key, value]) => [key, recurse(value)])),
  });
  const { v, ...rest } = event as typeof event & { v?: unknown };
  const { success, error } = LedgerEvent.safeParse({ ...rest, data });
  const problems = v === 1 ? [] : [`v: ${String(v)} is not the format 1.`];
  if (success) return problems;
  // The schema cannot say anything about a value that is sealed.
  const issues = error.issues.filter(({ path }) => !isSealedAt(entry, path));
  return [...problems, ...issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`)];
}

function isSealedAt(entry: Entry, path: readonly PropertyKey[]): boolean {
  let value: unknown = entry;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return false;
    value = Reflect.get(value, key);
  }
  return isObject(value) && typeof value["$sealed"] === "string";
}

function noteProblem(note: string, verifiers: readonly string[], ledger: string | null): string | undefined {
  const checkpoint = openUnderAny(note, verifiers);
  if (checkpoint === undefined) return "A signed note is not valid under any key of the ledger.";
  return checkpoint.origin === originOf(String(ledger))
    ? undefined
    : `A signed note is of ${checkpoint.origin}.`;
}

function textOf(note: string): string {
  return note.slice(0, note.lastIndexOf("\n\n") + 1);
}

// Of a note that is not verified yet: which root will be asked for.
function sizeOf(note: string): number {
  return Number(note.split("\n", 2)[1]);
}
