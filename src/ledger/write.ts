import type { DatabaseSync } from "node:sqlite";

import { type Clock, isoTime } from "../contract/clock.ts";
import { sha256 } from "../contract/digest.ts";
import type { Entry, EventOf, LedgerEvent } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import { canonicalJson } from "../contract/json.ts";
import type { Principal } from "../contract/principal.ts";
import { admit } from "./admission.ts";
import { type Head, chainHash, entryText } from "./chain.ts";
import { unavailable } from "./database.ts";
import { verifierOf } from "./hand-over.ts";
import { createHeldLeases } from "./held-leases.ts";
import { MAX_DEPTH, isTooDeep } from "./json-depth.ts";
import { foldLeases } from "./leases.ts";
import { addRecentSecrets } from "./known-secrets.ts";
import type { AppendOptions, Ledger, Sealer } from "./ledger.ts";
import type { LogSync } from "./log-sync.ts";
import { createProjections, referenceOf } from "./projections.ts";
import type { Reader } from "./read.ts";
import { type Stored, hasSpecialForm, toStored } from "./stored-value.ts";

/** The writing half of a ledger: one queue, one transaction for all that was queued in a turn of the event loop. */
export type Writer = Pick<Ledger, "append" | "record" | "flush" | "sync"> & { close(): Promise<void> };

export type WriterOptions = {
  readonly path: string;
  /** Subject of what belongs to no run. */
  readonly id: string;
  readonly process: string;
  readonly clock: Pick<Clock, "now">;
  readonly sealer: Sealer;
  /** Makes commits durable; without it they are when they return. */
  readonly log?: LogSync;
};

type Draft = {
  readonly by: string;
  readonly event: LedgerEvent;
  /** Canonical JSON of the stored data. */
  readonly json: string;
  /** What differs from the event's own data, if anything does. */
  readonly stored: Stored | undefined;
};
type Outcome<Result> = {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: RuntimeError) => void;
};
type Queued = Draft & Outcome<Entry>;

/**
 * What the runtime itself says in an entry, and goes on by. None of it comes from outside, and a secret that happens to be
 * written like one of these must not take it out of sight.
 */
const OURS: ReadonlySet<string> = new Set([
  "approval",
  "binds",
  "capability",
  "decision",
  "digest",
  "event",
  "homeHead",
  "kind",
  "labels",
  "owner",
  "pack",
  "policySet",
  "receipt",
  "request",
  "role",
  "rules",
  "run",
  "spec",
  "undo",
  "version",
]);

export function createWriter(db: DatabaseSync, reader: Reader, options: WriterOptions): Writer {
  const { path, sealer, log } = options;
  const projections = createProjections(db);
  const leases = createHeldLeases(db, reader.beside);
  const insertEntry = db.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?)");
  const insertBox = db.prepare("INSERT INTO sealed VALUES (?, ?, ?, ?)");
  const insertText = db.prepare("INSERT OR IGNORE INTO texts VALUES (?, ?)");
  const begin = db.prepare("BEGIN IMMEDIATE");
  const end = db.prepare("COMMIT");

  let queue: Queued[] = [];
  let waiting: Outcome<void>[] = [];
  let scheduled = false;
  /** What is committed meanwhile could be synced no earlier than after this: it waits, and shares one transaction. */
  let syncing = false;
  let closed = false;
  /** Resolves when everything that was committed is durable. */
  let durable: Promise<void> = Promise.resolve();
  /** Why nothing can be trusted to become durable any more. */
  let broken: RuntimeError | undefined;
  let known: Head | undefined;
  const recorded = new Set<string>();
  const unrecorded = new Map<string, Draft>();
  const references = new WeakMap<object, string>();

  const draft = (
    by: string,
    event: LedgerEvent,
    { sensitive = [], sealed = [] }: AppendOptions = {},
  ): Draft => {
    const json = toJson(`A ${event.type} event`, event.data);
    const pointers = new Set([...sensitive, ...sealed]);
    if (pointers.size === 0 && !hasSpecialForm(json) && !sealer.suspects(json))
      return { by, event, json, stored: undefined };
    const plain: unknown = JSON.parse(json);
    for (const pointer of sensitive) addRecentSecrets(valueAt(plain, pointer), sealer);
    const stored = toStored(plain, sealer, "run" in event ? event.run : options.id, pointers, OURS);
    return { by, event, json: canonicalJson(stored.value), stored };
  };

  const record = (by: string, kind: EventOf<"object-recorded">["data"]["kind"], value: unknown): string => {
    const isObject = typeof value === "object" && value !== null;
    const cached = isObject ? references.get(value) : undefined;
    if (cached !== undefined && recorded.has(cached)) return cached;
    const digest = sha256(toJson(`A ${kind}`, value));
    const reference = referenceOf(kind, digest);
    if (isObject) references.set(value, reference);
    if (!recorded.has(reference) && !unrecorded.has(reference)) {
      const author = by === "" ? reference : by;
      unrecorded.set(reference, draft(author, { type: "object-recorded", data: { kind, digest, value } }));
      schedule();
    }
    return reference;
  };

  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    if (!syncing) setImmediate(commit);
  };

  const syncLog = async (ofThis: LogSync): Promise<void> => {
    try {
      await ofThis.sync();
    } catch (error) {
      broken ??= unavailable(error, path);
    }
    // The system forgets what it could not write: a later sync would succeed, and what it is for not be whole.
    if (broken !== undefined) throw broken;
  };

  const commit = () => {
    scheduled = false;
    const batch = queue;
    const flushed = waiting;
    queue = [];
    waiting = [];
    const outcomes: (() => void)[] = [];
    const settle = () => {
      for (const each of outcomes) each();
      for (const { resolve } of flushed) resolve();
    };
    const fail = (failure: RuntimeError) => {
      for (const queued of batch) queued.reject(failure);
      for (const { reject } of flushed) reject(failure);
    };
    try {
      if (broken !== undefined) throw broken;
      write(batch, outcomes);
    } catch (error) {
      return fail(unavailable(error, path));
    }
    if (log === undefined) return settle();
    durable = syncLog(log);
    syncing = true;
    const go = () => {
      syncing = false;
      // Before anybody goes on, so that the disk works meanwhile.
      if (scheduled) commit();
    };
    durable.then(
      () => {
        go();
        settle();
      },
      (failure: RuntimeError) => {
        go();
        fail(failure);
      },
    );
  };

  const write = (batch: readonly Queued[], outcomes: (() => void)[]) => {
    begin.run();
    try {
      let head = reader.last();
      if (head.seq !== known?.seq) {
        projections.forget();
        leases.catchUp(known?.seq);
      }
      const now = isoTime(options.clock.now());
      // A clock that was set back does not turn the order of the entries round.
      const at = now > head.at ? now : head.at;
      const add = (item: Draft): Entry => {
        const entry = { ...item.event, seq: head.seq + 1, at, by: item.by } as Entry;
        const text = entryText(entry, item.event, item.json);
        const hash = chainHash(head.hash, text);
        if (item.stored !== undefined) keepBeside(item.stored);
        const run = projections.apply(entry, item.stored?.value ?? entry.data);
        insertEntry.run(entry.seq, run?.startedSeq ?? null, entry.type, text, hash);
        foldLeases(leases, entry);
        head = { seq: entry.seq, hash, at };
        return entry;
      };
      for (const [reference, item] of unrecorded) if (!projections.hasObject(reference)) add(item);
      for (const queued of batch) {
        const refusal = refusalOf(queued.event);
        if (refusal !== undefined) {
          outcomes.push(() => queued.reject(refusal));
          continue;
        }
        const entry = add(queued);
        outcomes.push(() => queued.resolve(entry));
      }
      projections.save();
      end.run();
      known = head;
      for (const reference of unrecorded.keys()) recorded.add(reference);
      unrecorded.clear();
    } catch (error) {
      known = undefined;
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  };

  const refusalOf = (event: LedgerEvent): RuntimeError | undefined => {
    try {
      admit(event, { process: options.process, projections, leases, verifier: () => verifierOf(db) });
      return undefined;
    } catch (error) {
      if (error instanceof RuntimeError) return error;
      throw error;
    }
  };

  const keepBeside = (stored: Stored) => {
    for (const box of stored.boxes) insertBox.run(box.commitment, box.subject, box.nonce, box.sealed);
    for (const [hash, text] of stored.texts) insertText.run(hash, text);
  };

  const flush = (): Promise<void> =>
    new Promise((resolve, reject) => {
      if (queue.length === 0 && unrecorded.size === 0) return resolve(durable);
      waiting.push({ resolve, reject });
      schedule();
    });

  return {
    append<Event extends LedgerEvent>(by: Principal, event: Event, appendOptions?: AppendOptions) {
      return new Promise<Entry<Event>>((resolve, reject) => {
        if (closed) throw new RuntimeError("LEDGER_UNAVAILABLE", `The ledger ${path} is closed.`);
        const author = record("", "principal", by);
        const item = draft(author, event, appendOptions);
        queue.push({ ...item, resolve: resolve as (entry: Entry) => void, reject });
        schedule();
      });
    },

    record: (by, kind, value) => record(record("", "principal", by), kind, value),
    flush,

    async sync() {
      await flush();
      if (log !== undefined) await syncLog(log);
    },

    async close() {
      closed = true;
      await flush();
    },
  };
}

function toJson(what: string, value: unknown): string {
  let json: string;
  try {
    json = canonicalJson(value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RuntimeError("CONTENT_INVALID", `${what} cannot be stored: ${why}`, { cause });
  }
  if (!isTooDeep(json)) return json;
  throw new RuntimeError(
    "CONTENT_INVALID",
    `${what} cannot be stored: it is nested more than ${MAX_DEPTH} deep.`,
  );
}

// RFC 6901
function valueAt(value: unknown, pointer: string): unknown {
  let found = value;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    found = typeof found === "object" && found !== null ? Reflect.get(found, key) : undefined;
  }
  return found;
}
