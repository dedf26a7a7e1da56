import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

import type { Clock } from "../contract/clock.ts";
import { digestOf } from "../contract/digest.ts";
import type { EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import { canonicalJson } from "../contract/json.ts";
import { oncePerTurn } from "../contract/once-per-turn.ts";
import { GENESIS, chainHash, entryText } from "./chain.ts";
import { createDatabase, openDatabase, unavailable } from "./database.ts";
import { LEDGER_PRINCIPAL, type Ledger, type Sealer } from "./ledger.ts";
import { type LogSync, openLogSync } from "./log-sync.ts";
import { originOf } from "./note.ts";
import { referenceOf } from "./projections.ts";
import { type Reader, createReader } from "./read.ts";
import { createWriter } from "./write.ts";

export type LedgerOptions = {
  /** The file; its directory must exist. */
  readonly path: string;
  readonly kind: EventOf<"ledger-created">["data"]["kind"];
  /** Who this process is to the others that write the same ledger. */
  readonly processId: string;
  readonly sealer: Sealer;
  /** Asked once in a ledger's life, when it is made: the key that will sign its checkpoints. */
  readonly publicKey: (origin: string) => string;
  readonly clock?: Pick<Clock, "now">;
  /** How long to wait, blocking, for another process's transaction. */
  readonly busyTimeoutMs?: number;
};

/** A ledger in a file; what proves and exports it reads the database itself. */
export type LedgerFile = Ledger & { readonly database: DatabaseSync; readonly reader: Reader };

/**
 * Opens the ledger at a path, or makes it. Several processes may have the same one open.
 *
 * @throws LEDGER_CORRUPT, LEDGER_UNAVAILABLE, DISK_FULL
 */
export function openLedger(options: LedgerOptions): LedgerFile {
  const { path, sealer, clock = { now: Date.now }, busyTimeoutMs = 5000 } = options;
  const db = openDatabase(path, { busyTimeoutMs }) ?? createAndOpen(options, clock, busyTimeoutMs);
  const reading = guard(path);
  let log: LogSync | undefined;
  return reading(() => {
    try {
      const reader = createReader(db, sealer);
      const version = db.prepare("PRAGMA data_version");
      const id = identify(db, options);
      // What a home ledger says counts in other ledgers at once: nobody may see it before it is durable.
      if (options.kind !== "home") {
        log = openLogSync(path);
        db.exec("PRAGMA synchronous=NORMAL");
      }
      const writer = createWriter(db, reader, {
        path,
        id,
        process: options.processId,
        clock,
        sealer,
        ...(log === undefined ? {} : { log }),
      });
      return {
        id,
        path,
        database: db,
        reader,
        append: writer.append,
        record: writer.record,
        flush: writer.flush,
        sync: writer.sync,
        version: oncePerTurn(() => reading(() => Number(version.get()?.["data_version"]))),
        lastSeq: oncePerTurn(() => reading(() => reader.lastSeq())),
        head: oncePerTurn(() =>
          reading(() => {
            const { seq, hash } = reader.last();
            return { seq, hash: Buffer.from(hash).toString("hex") };
          }),
        ),
        object: (digest) => reading(() => reader.object(digest)),
        *entries(filter) {
          const found = reader.entries(filter);
          for (let next = reading(() => found.next()); next.done !== true; next = reading(() => found.next()))
            yield next.value;
        },
        entry: (seq) => reading(() => reader.entry(seq)),
        run: (run) => reading(() => reader.run(run)),
        runs: (filter) => reading(() => reader.runs(filter)),
        approval: (approval) => reading(() => reader.approval(approval)),
        async close() {
          try {
            await writer.close();
          } finally {
            db.close();
            log?.close();
          }
        },
      };
    } catch (error) {
      db.close();
      log?.close();
      throw error;
    }
  });
}

function createAndOpen(
  options: LedgerOptions,
  clock: Pick<Clock, "now">,
  busyTimeoutMs: number,
): DatabaseSync {
  const { path } = options;
  createDatabase(path, (db) => fillNewLedger(db, options, clock));
  const db = openDatabase(path, { busyTimeoutMs });
  if (db === undefined)
    throw new RuntimeError("LEDGER_UNAVAILABLE", `The ledger ${path} vanished while it was made.`);
  return db;
}

function fillNewLedger(
  db: DatabaseSync,
  { kind, publicKey }: LedgerOptions,
  clock: Pick<Clock, "now">,
): void {
  const at = new Date(clock.now()).toISOString();
  const digest = digestOf(LEDGER_PRINCIPAL);
  const by = referenceOf("principal", digest);
  const id = randomUUID();
  const created: EventOf<"ledger-created"> = {
    type: "ledger-created",
    data: { id, kind, format: 1, publicKey: publicKey(originOf(id)) },
  };
  const recorded: EventOf<"object-recorded"> = {
    type: "object-recorded",
    data: { kind: "principal", digest, value: LEDGER_PRINCIPAL },
  };
  const insert = db.prepare("INSERT INTO entries VALUES (?, NULL, ?, ?, ?)");
  let { hash } = GENESIS;
  for (const [index, event] of [created, recorded].entries()) {
    const text = entryText({ seq: index + 1, at, by }, event, canonicalJson(event.data));
    hash = chainHash(hash, text);
    insert.run(index + 1, event.type, text, hash);
  }
  db.prepare("INSERT INTO objects VALUES (?, 2)").run(by);
}

const IS_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The ledger's id, after its ends were looked at: the first entry, and the last one's hash. */
function identify(db: DatabaseSync, { path, kind }: LedgerOptions): string {
  const first = db.prepare("SELECT entry FROM entries WHERE seq = 1").get();
  const entry: unknown = first === undefined ? undefined : JSON.parse(String(first["entry"]));
  const data = (entry as EventOf<"ledger-created"> | undefined)?.data;
  if (data === undefined || !IS_UUID.test(data.id))
    throw new RuntimeError("LEDGER_CORRUPT", `The ledger ${path} has no first entry.`);
  if (data.kind !== kind)
    throw new RuntimeError(
      "LEDGER_CORRUPT",
      `The ledger ${path} is a ${data.kind} ledger, not a ${kind} one.`,
    );
  const [last, previous] = db.prepare("SELECT entry, hash FROM entries ORDER BY seq DESC LIMIT 2").all();
  const expected = chainHash((previous?.["hash"] ?? GENESIS.hash) as Uint8Array, String(last?.["entry"]));
  if (!Buffer.from(expected).equals(last?.["hash"] as Uint8Array))
    throw new RuntimeError("LEDGER_CORRUPT", `The last entry of the ledger ${path} does not match its hash.`);
  return data.id;
}

function guard(path: string): <Result>(read: () => Result) => Result {
  return (read) => {
    try {
      return read();
    } catch (error) {
      throw unavailable(error, path);
    }
  };
}
