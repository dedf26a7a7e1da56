import type { Entry, EventOf, EventType, LedgerEvent } from "../contract/entry.ts";
import type { Principal } from "../contract/principal.ts";

/** Who writes what a ledger says about itself. */
export const LEDGER_PRINCIPAL: Principal = {
  human: "",
  agent: "",
  session: "",
  service: "ledger",
  scopes: [],
};

export type AppendOptions = {
  /** JSON pointers into the event's `data` whose values are secret: they are sealed, and found again in later events. */
  readonly sensitive?: readonly string[];
  /** The same for values that come in no later event: to look for them as well would only cost. */
  readonly sealed?: readonly string[];
};

export type RunStatus = "PENDING" | "RUNNING" | "PAUSED" | "COMPLETED" | "FAILED" | "ROLLED_BACK";

/** One row of the `runs` projection. Times are ISO 8601 UTC. */
export type RunRow = {
  readonly id: string;
  readonly kind: "capability" | "workflow";
  readonly name: string;
  readonly version: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | null;
  /** Process that works on it, or worked on it last. */
  readonly process: string;
  readonly by: string;
  readonly reason: string | null;
};

export type Ledger = {
  readonly id: string;
  readonly path: string;

  /**
   * Adds one event. Resolves with the entry once it is durable; events appended in one turn of the event loop share
   * one transaction and keep their order. Nothing is written after a rejection.
   *
   * @throws LEDGER_UNAVAILABLE, LEDGER_CORRUPT, DISK_FULL; OWNER_LOST where the run belongs to another process;
   * LEASE_CONFLICT where an effect overlaps a path that another unfinished run has changed, or any other run has
   * changed since it was looked at (`details.run` names it).
   */
  append<Event extends LedgerEvent>(
    by: Principal,
    event: Event,
    options?: AppendOptions,
  ): Promise<Entry<Event>>;

  /** Records a value under its digest, once for each ledger; later events refer to the digest. Not awaited: order suffices. */
  record(by: Principal, kind: EventOf<"object-recorded">["data"]["kind"], value: unknown): string;
  object(digest: string): unknown;

  /** Another number once another process has written to the ledger; looked at once in a turn of the event loop, as the next two are. */
  version(): number;
  /** Number of the newest entry. */
  lastSeq(): number;
  head(): { readonly seq: number; readonly hash: string };
  /** Entries in order, with sealed values revealed unless `sealed`. */
  entries<Type extends EventType = EventType>(
    filter?: EntryFilter<Type>,
  ): IterableIterator<Entry<EventOf<Type>>>;
  entry(seq: number): Entry | undefined;
  run(id: string): RunRow | undefined;
  /** Newest first, 100 unless told. `open`: only those that have not ended, or are being undone. */
  runs(filter?: { status?: RunStatus; open?: boolean; limit?: number; before?: string }): RunRow[];
  /** What an approval was requested for, and how it was decided: `used` once it was, null while it is open. */
  approval(
    id: string,
  ): { readonly run: string; readonly step: string; readonly decision: string | null } | undefined;

  /** Resolves when everything appended so far is durable, or rejects with the first failure. */
  flush(): Promise<void>;
  /** Resolves when everything that can be read here is durable, whoever appended it. */
  sync(): Promise<void>;
  close(): Promise<void>;
};

export type EntryFilter<Type extends EventType = EventType> = {
  readonly run?: string;
  readonly types?: readonly Type[];
  /** Only what belongs to no run. */
  readonly ofLedger?: boolean;
  readonly afterSeq?: number;
  readonly beforeSeq?: number;
  readonly since?: string;
  readonly descending?: boolean;
  /** Leave sealed values as they lie in the ledger. */
  readonly sealed?: boolean;
};

/** A value that is kept encrypted beside the chain; the chain has its salted commitment alone. */
export type Box = {
  readonly commitment: string;
  /** What the key belongs to and is erased with: a run, or the ledger itself. */
  readonly subject: string;
  readonly nonce: Uint8Array;
  readonly sealed: Uint8Array;
};

/** Finds secrets, and encrypts them under keys that lie outside the workspace. */
export type Sealer = {
  /**
   * From now on the value is found in every event, in any usual encoding. It is one that matters to one run, and may be
   * forgotten after many others.
   */
  readonly addRecentSecret: (value: string) => void;
  /** `false` only where no string of this JSON text is a secret. */
  suspects(json: string): boolean;
  /** Whether this string, as the value of a member of this name (empty in a list), must be sealed. */
  isSecret(text: string, member: string): boolean;
  /** Encrypts under the subject's key, which is durable before this returns. */
  seal(subject: string, value: unknown): Box;
  /** @throws PLAINTEXT_ERASED where the key is gone, LEDGER_CORRUPT where the box is not the commitment's */
  open(box: Box): unknown;
};
