import type { ApprovalView } from "../contract/approval.ts";
import type { Entry } from "../contract/entry.ts";
import type { Decide } from "../contract/decide.ts";
import type { Correlation } from "../contract/correlation.ts";
import type { Handler } from "../contract/handler.ts";
import type { Governor } from "../contract/governor.ts";
import type { Hooks } from "../contract/hooks.ts";
import type { Panic, PanicOrder, PanicReport } from "../contract/panic.ts";
import type { Principal } from "../contract/principal.ts";
import type { RegisteredCapability } from "../kernel/capabilities.ts";
import type { Registry } from "../kernel/registry.ts";
import type { Environment } from "../kernel/home.ts";
import type { Keys } from "../ledger/keys.ts";
import type { LedgerFile } from "../ledger/open-ledger.ts";
import type { Verdict } from "./approvals.ts";
import type { UndoOptions } from "./control.ts";
import type { Unfollowed } from "./notice.ts";
import type { Offer } from "./offers.ts";
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
  /** A policy of your own, instead of the constitution of this installation. */
  readonly decide?: Decide;
  /** Asked before and after every step of every run, beside the governor that a run or the environment names. */
  readonly hooks?: Hooks;
  /** Puts something around the standard library's handlers: instrumentation, or a fault for a test. */
  readonly wrapHandler?: (capability: string, handler: Handler) => Handler;
  /** Every entry that this runtime appended, once it is durable. */
  readonly onEntry?: (entry: Entry) => void;
  /**
   * Another process gave an order to a run that waited in this one (an approval, a cancellation), and the run could
   * not go on here. Default: a warning of the process, which Node writes to stderr.
   */
  readonly onUnfollowed?: (unfollowed: Unfollowed) => void;
};

/** One workspace to look at alone. */
export type Planner = AsyncDisposable & Pick<Runtime, "registry" | "plan">;

export type RunOptions = {
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Directory below the workspace that the run is confined to. */
  readonly cwd?: string;
  /** Facade through which it is asked for, by its name; the target is then one of its workflows, or empty for its own. */
  readonly facade?: string;
  /** Recorded with the run, for the records that another system reads. */
  readonly correlation?: Correlation;
  /** Asked before and after every step, in whichever process the run goes on. */
  readonly governor?: Governor;
  /** Its id, where somebody must know it before it starts; made with `newRunId`. */
  readonly run?: string;
};

/** A workflow file's text that lies in no file of its own; `file` names it in errors. */
export type SpecText = { readonly file: string; readonly text: string };

/** What can be done in a workspace, for one principal. */
export type Panel = Omit<
  Runtime,
  | "workspace"
  | "home"
  | "registry"
  | "ledger"
  | "homeLedger"
  | "keys"
  | "policy"
  | "close"
  | typeof Symbol.asyncDispose
>;

/** One workspace with everything that can be done in it. Close it, or hold it with `await using`. */
export type Runtime = AsyncDisposable & {
  readonly workspace: string;
  readonly home: string;
  readonly registry: Registry;
  readonly ledger: LedgerFile;
  readonly homeLedger: LedgerFile;
  readonly keys: Keys;
  /** The policy that decides about every call. */
  readonly policy: Decide;

  /**
   * Runs a capability (by id), a workflow (by name) or a workflow file (by path) until it has ended or waits for a
   * human. A run that failed is a result, not an error.
   *
   * @throws CAPABILITY_UNKNOWN, WORKFLOW_UNKNOWN, SPEC_INVALID, INPUT_INVALID, LEDGER_UNAVAILABLE, DISK_FULL
   */
  run(target: string, options?: RunOptions): Promise<RunView>;
  /** The same, without waiting: the run's id at once. */
  start(
    target: string | SpecText,
    options?: RunOptions,
  ): Promise<{ readonly run: string; readonly settled: Promise<RunView> }>;
  /** What a run would do, found out without doing any of it. @throws as `run` for what cannot start at all */
  plan(target: string | SpecText, options?: RunOptions): Promise<Plan>;

  /** What the principal may ask for now: ACTIVE facades, and capabilities that ACTIVE packs offer by themselves. */
  offers(): Promise<readonly Offer[]>;
  /** One of them, by its name. */
  offer(name: string): Promise<Offer | undefined>;

  /** A run as the ledger has it; in the place of each secret stands its seal. @throws RUN_UNKNOWN */
  show(run: string): RunView;
  /** Answers what a run waits for, of one step where several wait. @throws RUN_UNKNOWN, STATE_CONFLICT, DENIED */
  decide(run: string, verdict: Verdict, step?: string): Promise<RunView>;
  /** Every approval that is waited for in this workspace, or for one run; oldest first. @throws RUN_UNKNOWN */
  approvals(run?: string): ApprovalView[];
  /** One approval, whatever became of it. @throws APPROVAL_UNKNOWN */
  approval(id: string): ApprovalView;
  /** Answers it for somebody: who opened the runtime, unless told. @throws APPROVAL_UNKNOWN, STATE_CONFLICT, DENIED */
  answerApproval(id: string, verdict: Verdict, by?: Principal): Promise<RunView>;
  /** Takes back what was not used yet; its step is denied. @throws APPROVAL_UNKNOWN, STATE_CONFLICT, DENIED */
  revokeApproval(id: string, reason: string, by?: Principal): Promise<RunView>;
  pause(run: string, reason: string): Promise<RunView>;
  resume(run: string, reason: string): Promise<RunView>;
  cancel(run: string, reason: string, rollback: boolean): Promise<RunView>;
  undo(run: string, options?: Partial<UndoOptions>): Promise<RunView>;
  redo(run: string, options?: Partial<UndoOptions>): Promise<RunView>;
  /** Takes back every run that ended after a time, the newest first. */
  undoSince(since: string, options?: Partial<UndoOptions>): Promise<RunView[]>;
  /** Finishes what dead processes left, and denies what nobody answered in time. */
  recover(): Promise<RunView[]>;
  /**
   * Stops everything of a scope, in every process of this installation, until an admin lifts it: nothing goes forward,
   * and what was done can be taken back. Resolves when the runs of this workspace have stopped that are here, wait, or
   * were left by dead processes; with `waitMs` also those of others, as far as they do in that time.
   *
   * @throws NOT_AUTHORIZED, RUN_UNKNOWN
   */
  panic(order: PanicOrder, options?: { readonly waitMs?: number }): Promise<PanicReport>;
  /** Every panic that there ever was, the oldest first. */
  panics(): readonly Panic[];
  /** Ends a panic, for an admin who is no agent; frozen runs wait until somebody resumes them. @throws NOT_AUTHORIZED */
  liftPanic(id: string, reason: string): Promise<Panic>;
  /**
   * Removes the kept contents that only runs need whose `retention_days` are over; those runs can no longer be undone.
   * Returns how many.
   */
  removeExpired(): number;
  close(): Promise<void>;
};
