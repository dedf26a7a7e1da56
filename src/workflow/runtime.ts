import type { Entry } from "../contract/entry.ts";
import type { Decide } from "../contract/decide.ts";
import type { Handler } from "../contract/handler.ts";
import type { Principal } from "../contract/principal.ts";
import type { RegisteredCapability } from "../kernel/capabilities.ts";
import type { Registry } from "../kernel/registry.ts";
import type { Environment } from "../kernel/home.ts";
import type { Keys } from "../ledger/keys.ts";
import type { LedgerFile } from "../ledger/open-ledger.ts";
import type { Verdict, UndoOptions } from "./control.ts";
import type { Plan } from "./preview.ts";
import type { RunView } from "./view.ts";

export type RuntimeOptions = {
  /** Directory that effects are confined to; made if it is missing. Default `./workspace`. */
  readonly workspace?: string;
  /** Default: the process's own environment. */
  readonly env?: Environment;
  /** Capabilities of your own, made with `defineCapability`. */
  readonly capabilities?: readonly RegisteredCapability[];
  /** Who acts. Default: the user at this machine. */
  readonly principal?: Principal;
  /** The policy; without one, what cannot be undone asks a human first. */
  readonly decide?: Decide;
  /** Puts something around the standard library's handlers: instrumentation, or a fault for a test. */
  readonly wrapHandler?: (capability: string, handler: Handler) => Handler;
  /** Every entry that this runtime appended, once it is durable. */
  readonly onEntry?: (entry: Entry) => void;
};

export type RunOptions = {
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Directory below the workspace that the run is confined to. */
  readonly cwd?: string;
};

/** One workspace with everything that can be done in it. Close it, or hold it with `await using`. */
export type Runtime = AsyncDisposable & {
  readonly workspace: string;
  readonly home: string;
  readonly registry: Registry;
  readonly ledger: LedgerFile;
  readonly keys: Keys;

  /**
   * Runs a capability (by id), a workflow (by name) or a workflow file (by path) until it has ended or waits for a
   * human. A run that failed is a result, not an error.
   *
   * @throws CAPABILITY_UNKNOWN, WORKFLOW_UNKNOWN, SPEC_INVALID, INPUT_INVALID, LEDGER_UNAVAILABLE, DISK_FULL
   */
  run(target: string, options?: RunOptions): Promise<RunView>;
  /** The same, without waiting: the run's id at once. */
  start(
    target: string,
    options?: RunOptions,
  ): Promise<{ readonly run: string; readonly settled: Promise<RunView> }>;
  /** What a run would do, found out without doing any of it. @throws as `run` for what cannot start at all */
  plan(target: string, options?: RunOptions): Promise<Plan>;

  /** A run as the ledger has it; in the place of each secret stands its seal. @throws RUN_UNKNOWN */
  show(run: string): RunView;
  decide(run: string, verdict: Verdict, step?: string): Promise<RunView>;
  pause(run: string, reason: string): Promise<RunView>;
  resume(run: string, reason: string): Promise<RunView>;
  cancel(run: string, reason: string, rollback: boolean): Promise<RunView>;
  undo(run: string, options?: Partial<UndoOptions>): Promise<RunView>;
  redo(run: string, options?: Partial<UndoOptions>): Promise<RunView>;
  /** Takes back every run that ended after a time, the newest first. */
  undoSince(since: string, options?: Partial<UndoOptions>): Promise<RunView[]>;
  /** Finishes what dead processes left. */
  recover(): Promise<RunView[]>;
  /**
   * Removes the kept contents that only runs need whose `retention_days` are over; those runs can no longer be undone.
   * Returns how many.
   */
  removeExpired(): number;
  close(): Promise<void>;
};
