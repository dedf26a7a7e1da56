import { canonicalJson, isObject } from "../../contract/json.ts";
import type { ChainLinks, Head } from "../rest/operations.ts";
import { base64, type Bytes, fromHex, hex, sha256, utf8 } from "./bytes.ts";
import { isHandOver, isSameRoot, openCheckpoint, parseKey } from "./note.ts";
import { addLeaf, EMPTY, type Frontier, leafHash, rootOf } from "./tree.ts";

/** What this browser saw of a ledger when it verified it last. */
export type Seen = {
  readonly size: number;
  readonly root: string;
  readonly key: string;
  readonly at: string;
};

/** What was checked, one after another; `wrong` has where it does not hold. */
export type Check = "chain" | "canonical" | "texts" | "checkpoint" | "keys" | "seen";
export type Wrong = { readonly check: Check; readonly seq: number | null; readonly detail: string };
export type Report = {
  readonly entries: number;
  readonly head: string;
  readonly root: string;
  readonly checkpointSize: number;
  readonly key: string;
  readonly wrong: readonly Wrong[];
};

export type Source = {
  readonly head: Head;
  readonly page: (after: number) => Promise<ChainLinks>;
  readonly seen: Seen | undefined;
  readonly onProgress: (entries: number) => void;
};

// Who shows thousands of faults shows nothing.
const MOST_FAULTS = 50;

/**
 * Computes the whole ledger again from the bytes that the server sends: each hash, the canonical form, long texts, the
 * tree and its signed root, the keys, and whether all that this browser has seen before is still there.
 */
export async function verifyChain({ head, page, seen, onProgress }: Source): Promise<Report> {
  const wrong: Wrong[] = [];
  const fault = (check: Check, seq: number | null, detail: string): void => {
    if (wrong.length < MOST_FAULTS) wrong.push({ check, seq, detail });
  };
  const signedSize = head.checkpoint?.size ?? 0;
  const roots = new Map<number, Bytes>();
  const keys: Since[] = [];
  let previous: Bytes = new Uint8Array(32);
  let tree: Frontier = EMPTY;

  for (let after: number | null = 0; after !== null;) {
    const { links, texts, next }: ChainLinks = await page(after);
    for (const [name, text] of Object.entries(texts))
      if (hex(await sha256(utf8(text))) !== name) fault("texts", null, name);
    for (const { seq, text, hash } of links) {
      const computed = await sha256(previous, utf8(text));
      if (hex(computed) !== hash || seq !== tree.size + 1) fault("chain", seq, hash);
      // As the server has it, so that one fault is one, and not one in every entry after it.
      previous = fromHex(hash);
      tree = await addLeaf(tree, await leafHash(previous));
      if (tree.size === signedSize || tree.size === seen?.size) roots.set(tree.size, await rootOf(tree));
      const entry = parse(text);
      if (entry === undefined || canonicalOf(entry) !== text || entry["seq"] !== seq)
        fault("canonical", seq, text.slice(0, 80));
      const keyFault = await followKeys(keys, entry, tree.size);
      if (keyFault !== undefined) fault("keys", seq, keyFault);
    }
    onProgress(tree.size);
    after = next !== null && next > after ? next : null;
  }

  await checkCheckpoint(head, keys, roots.get(signedSize), fault);
  checkSeen(seen, keys, roots, fault);
  return {
    entries: tree.size,
    head: hex(previous),
    root: base64(await rootOf(tree)),
    checkpointSize: signedSize,
    key: keys.at(-1)?.verifier ?? "",
    wrong,
  };
}

/** A key that the ledger came under with its entry `since`. */
type Since = { readonly verifier: string; readonly since: number };
type Fault = (check: Check, seq: number | null, detail: string) => void;

async function checkCheckpoint(
  { checkpoint }: Head,
  keys: readonly Since[],
  root: Bytes | undefined,
  fault: Fault,
): Promise<void> {
  // Nothing is signed yet; that a signature was taken away, this browser notices by what it has seen.
  if (checkpoint === null) return;
  const { size, note } = checkpoint;
  // Somebody may have stolen a key that was replaced: it counts for nothing that is newer.
  const inForce = keys.filter((_, index) => (keys[index + 1]?.since ?? Infinity) > size);
  for (const { verifier } of inForce) {
    const key = await parseKey(verifier);
    const stated = key === undefined ? undefined : await openCheckpoint(note, key);
    if (stated !== undefined && root !== undefined && stated.size === size && isSameRoot(stated, root))
      return;
  }
  fault("checkpoint", size, note.split("\n", 3).join(" "));
}

/** A ledger may only have grown since, under the same key or one that it was handed over to. */
function checkSeen(
  seen: Seen | undefined,
  keys: readonly Since[],
  roots: ReadonlyMap<number, Bytes>,
  fault: Fault,
): void {
  if (seen === undefined) return;
  const root = roots.get(seen.size);
  if (root === undefined || base64(root) !== seen.root) fault("seen", seen.size, seen.at);
  if (!keys.some(({ verifier }) => verifier === seen.key)) fault("seen", null, seen.key);
}

type Parsed = Readonly<Record<string, unknown>>;

/** Follows the ledger from key to key; what is wrong with a change, if anything. */
async function followKeys(
  keys: Since[],
  entry: Parsed | undefined,
  size: number,
): Promise<string | undefined> {
  const data = entry?.["data"];
  if (!isObject(data)) return undefined;
  const { previous, signature } = data;
  const verifier = String(data["publicKey"]);
  if (entry?.["type"] === "ledger-created") {
    // Later it would be a key that no other one names.
    if (size > 1) return verifier;
    keys.push({ verifier, since: size });
  }
  if (entry?.["type"] !== "key-changed") return undefined;
  const isTrue =
    previous === keys.at(-1)?.verifier && (await isHandOver(String(previous), verifier, String(signature)));
  if (isTrue) keys.push({ verifier, since: size });
  return isTrue ? undefined : verifier;
}

function parse(text: string): Parsed | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function canonicalOf(value: unknown): string | undefined {
  try {
    return canonicalJson(value);
  } catch {
    return undefined;
  }
}
