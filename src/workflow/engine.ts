import { hostname } from "node:os";
import { randomUUID } from "node:crypto";

import { isoTime } from "../contract/clock.ts";
import type { EventOf, LedgerEvent, Owner } from "../contract/entry.ts";
import { RuntimeError, toFailure } from "../contract/errors.ts";
import type { Correlation } from "../contract/correlation.ts";
import type { Governor } from "../contract/governor.ts";
import type { Hooks } from "../contract/hooks.ts";
import type { Principal } from "../contract/principal.ts";
import { traceParentOf } from "../contract/trace-parent.ts";
import type { TraceParent, Watch } from "../contract/watch.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import type { Kernel } from "../kernel/invoke.ts";
import { requireCalm } from "../kernel/require-calm.ts";
import type { RunRow } from "../ledger/ledger.ts";
import { processIdOfSelf } from "../workspace/liveness.ts";
import { parsePath } from "../workspace/path.ts";
import { openRunDirectory } from "../workspace/workspace.ts";
import { foldRun } from "./fold.ts";
import { LiveRun, type Place } from "./live-run.ts";
import { next } from "./next.ts";
import { noticeOrders, warnOfUnfollowed } from "./notice.ts";
import { obeyPanic } from "./obey-panic.ts";
import { pending } from "./pending.ts";
import { perform } from "./perform.ts";
import { repair } from "./repair.ts";
import { redactSecrets } from "./redact.ts";
import type { RunHooks } from "./run-hooks.ts";
import type { RuntimeOptions } from "./runtime.ts";
import type { RunState } from "./state.ts";

export type EngineOptions = {
  readonly kernel: Kernel;
  readonly processId: string;
  readonly isAlive: (processId: string) => boolean;
  /** Hash of the home ledger's newest entry. */
  readonly homeHead: () => string;
  readonly listeners: Pick<RuntimeOptions, "onEntry" | "onUnfollowed">;
  /** The governor of a run that names none. @throws INPUT_INVALID */
  readonly governor: () => Governor | undefined;
  /** Everybody who has to be asked about a run with this governor; null for nobody. @throws INPUT_INVALID */
  readonly hooksOf: (governor: Governor | undefined) => Hooks | null;
  readonly watch: Watch;
};

export type StartRequest = {
  readonly kind: "capability" | "workflow";
  readonly spec: WorkflowSpec;
  readonly subSpecs: Readonly<Record<string, WorkflowSpec>>;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** JSON pointers of secret inputs. */
  readonly sensitive?: readonly string[];
  readonly principal: Principal;
  /** Below the workspace; `.` for the workspace itself. */
  readonly cwd: string;
  /** Through which it is asked for, as `name@version`. */
  readonly facade?: string;
  /** Who asked for it, in the words of the system that did. */
  readonly correlation?: Correlation;
  /** Who is asked before each step. */
  readonly governor?: Governor;
  /** Its id, where somebody must know it before it starts. */
  readonly run?: string;
};

export type StartedRun = { readonly run: string; readonly settled: Promise<RunState> };

/** Runs workflows in one workspace, for as many runs at once as are started. */
export type Engine = {
  readonly owner: Owner;
  /** Begins a run. `settled` resolves when it has ended or waits for a human. @throws PANIC, PATH_REFUSED, FILE_NOT_FOUND */
  start(request: StartRequest): StartedRun;
  /**
   * Works on a run that no process works on: one that waited, or one that a dead process left.
   *
   * @throws RUN_UNKNOWN; OWNER_LOST where another process was quicker
   */
  adopt(run: string): Promise<StartedRun>;
  /**
   * Takes a run over without working on it: its state, and the means to append to it. `release` ends that.
   *
   * @throws RUN_UNKNOWN; OWNER_LOST where another process was quicker
   */
  load(run: string): Promise<LiveRun>;
  /** Whether another, living process works on it. */
  isForeign(row: RunRow): boolean;
  readonly isAlive: (processId: string) => boolean;
  live(run: string): LiveRun | undefined;
  /** @throws RUN_UNKNOWN */
  row(run: string): RunRow;
  /** The state of any run, as the ledger has it. @throws RUN_UNKNOWN */
  state(run: string): RunState;
  /** The same for somebody to look at: in the place of each secret stands its seal. @throws RUN_UNKNOWN */
  sealedState(run: string): RunState;
  /** Refuses an event that the run's state does not allow. @throws STATE_CONFLICT, RUN_UNKNOWN */
  check(run: string, event: LedgerEvent): void;
  /** Appends an order to a run that is not worked on here. */
  order(by: Principal, event: LedgerEvent): Promise<void>;
  /** Stops working, and waits until nothing is under way; what is unfinished is left to recovery. */
  close(): Promise<void>;
};

/** How often a run is taken up again after it was overtaken. */
const MAX_TAKEN_UP = 3;

export function createEngine(options: EngineOptions): Engine {
  const { kernel, processId, listeners } = options;
  const { onEntry, onUnfollowed = warnOfUnfollowed } = listeners;
  const { ledger, workspace } = kernel;
  const owner: Owner = { host: hostname(), pid: process.pid, process: processId };
  const runs = new Map<string, LiveRun>();
  let isOpen = true;
  const specs = new Map<string, WorkflowSpec>();
  const specOf = (digest: string): WorkflowSpec => {
    const known = specs.get(digest) ?? (ledger.object(digest) as WorkflowSpec | undefined);
    if (known === undefined)
      throw new RuntimeError("LEDGER_CORRUPT", `The ledger lacks the workflow ${digest}.`);
    specs.set(digest, known);
    return known;
  };

  const openPlace = (cwd: string): Place => {
    const prefix = parsePath(cwd);
    return { prefix, directory: prefix.length === 0 ? workspace.root : openRunDirectory(workspace, cwd) };
  };

  const hooksFor = (
    run: string,
    { human }: Principal,
    { governor, correlation = {} }: Pick<EventOf<"run-started">["data"], "governor" | "correlation">,
  ): RunHooks | null => {
    const ask = options.hooksOf(governor);
    if (ask === null) return null;
    const {
      traceId = traceIn(correlation) ?? run,
      questId = null,
      userId = human,
      maxCost = null,
    } = correlation;
    const trace = traceParentOf(correlation.traceparent, correlation.tracestate);
    const told = redactSecrets({ traceId, questId, userId, workspaceRoot: workspace.path });
    return { ask, ...told, maxCost, trace };
  };

  const open = (
    state: RunState,
    foldedTo: number,
    principal: Principal,
    place: Place,
    hooks: RunHooks | null,
    { traceparent, tracestate }: TraceParent = {},
  ): LiveRun => {
    const { run, kind } = state;
    const { name, version } = state.spec;
    const watch = options.watch({ run, kind, name, version, traceparent, tracestate });
    const live = new LiveRun({
      ...place,
      state,
      foldedTo,
      kernel,
      principal,
      specs: specOf,
      perform,
      hooks,
      watch,
      onEntry: (entry) => {
        notice.gave(entry);
        onEntry?.(entry);
      },
      onLeave: (end) => {
        runs.delete(run);
        watch?.end(end?.phase ?? "left");
        // A run that waits keeps what it changed: nobody else may change it before the run has ended.
        if (end?.phase !== "PAUSED") workspace.leases.releaseAll(run);
        if (place.directory !== workspace.root) place.directory[Symbol.dispose]();
      },
    });
    runs.set(run, live);
    // Whoever waits for it is told; nobody has to.
    live.settled.catch(() => {});
    return live;
  };

  // What happens to a run in another process at the same instant (an approval is taken back as it is used) can make the
  // ledger refuse what the state here allowed. Then it is taken up again, from what the ledger has.
  const followed = new WeakMap<LiveRun, Promise<RunState>>();
  const follow = (live: LiveRun, timesLeft = MAX_TAKEN_UP): Promise<RunState> => {
    const present = followed.get(live);
    if (present !== undefined) return present;
    const settled = live.settled.catch(async (error: unknown) => {
      const isOvertaken = error instanceof RuntimeError && error.code === "STATE_CONFLICT";
      if (!isOpen || !isOvertaken || timesLeft === 0) throw error;
      return (await takeUp(live.run, timesLeft - 1)).settled;
    });
    settled.catch(() => {});
    followed.set(live, settled);
    return settled;
  };

  const rowOf = (run: string): RunRow => {
    const row = ledger.run(run);
    if (row === undefined) throw new RuntimeError("RUN_UNKNOWN", `There is no run ${run} in this workspace.`);
    return row;
  };

  const isForeign = (row: RunRow): boolean => row.process !== processId && options.isAlive(row.process);

  const load = async (run: string): Promise<LiveRun> => {
    const row = rowOf(run);
    const foldedTo = ledger.lastSeq();
    const { state } = foldRun(ledger.entries({ run }), specOf);
    const principal = ledger.object(row.by) as Principal;
    const [started] = ledger.entries({ run, types: ["run-started"] });
    const hooks = hooksFor(run, principal, started?.data ?? {});
    const live = open(state, foldedTo, principal, openPlace(state.cwd), hooks, started?.data.correlation);
    try {
      if (row.process !== processId)
        await live.emit({ type: "run-claimed", run, data: { owner, from: row.process } });
      return live;
    } catch (error) {
      live.break(error);
      throw error;
    }
  };

  const takeUp = async (run: string, timesLeft: number): Promise<StartedRun> => {
    const present = runs.get(run);
    if (present !== undefined) return { run, settled: follow(present) };
    const live = await load(run);
    const done = live.hold();
    try {
      await repair(live, [...ledger.entries({ run })]);
      obeyPanic(live);
      live.release(pending(live.state));
    } catch (error) {
      live.break(error);
      throw error;
    } finally {
      done();
    }
    return { run, settled: follow(live, timesLeft) };
  };
  const adopt = (run: string): Promise<StartedRun> => takeUp(run, MAX_TAKEN_UP);

  /** Also where it was another one's of this process, who works no more: to other processes that one seems to live. */
  const isOfHere = (id: string | undefined): boolean =>
    id === processId || (id !== undefined && id.startsWith(`${processIdOfSelf()}-`) && !options.isAlive(id));

  const notice = noticeOrders(ledger, (order) => {
    const { run, type } = order;
    const live = runs.get(run);
    if (live !== undefined) live.notice(order);
    // A run that waited here goes on here: who gave the order leaves it to its living owner, and does not wait.
    else if (isOfHere(ledger.run(run)?.process))
      adopt(run)
        .then(({ settled }) => settled)
        .catch((error: unknown) => {
          const isTaken = error instanceof RuntimeError && error.code === "OWNER_LOST";
          if (isOpen && !isTaken) onUnfollowed({ run, order: type, failure: toFailure(error) });
        });
  });

  return {
    owner,
    isForeign,
    isAlive: (id) => id === processId || options.isAlive(id),
    live: (run) => runs.get(run),
    row: rowOf,
    state: (run) => {
      const live = runs.get(run);
      if (live !== undefined) return live.state;
      rowOf(run);
      return foldRun(ledger.entries({ run }), specOf).state;
    },
    sealedState: (run) => {
      rowOf(run);
      return foldRun(ledger.entries({ run, sealed: true }), specOf).state;
    },
    start({ kind, spec, subSpecs, inputs, sensitive = [], principal, cwd, facade, correlation, ...request }) {
      const { run = newRunId(kernel.now()) } = request;
      // In the same turn as it is put among the runs that a panic is told to.
      requireCalm(kernel.alarm, { run, principal, role: "step" });
      const governor = request.governor ?? options.governor();
      const hooks = hooksFor(run, principal, { governor, correlation });
      const place = openPlace(cwd);
      const record = (value: WorkflowSpec): string => {
        const digest = ledger.record(principal, "workflow", value);
        specs.set(digest, value);
        return digest;
      };
      // In the order that canonical JSON has: what is in order is written at once.
      const data = {
        autoRollback: spec.enable_auto_rollback,
        ...(correlation === undefined ? {} : { correlation }),
        cwd,
        ...(facade === undefined ? {} : { facade }),
        ...(governor === undefined ? {} : { governor }),
        homeHead: options.homeHead(),
        inputs,
        kind,
        name: spec.name,
        owner,
        spec: record(spec),
        subSpecs: Object.fromEntries(Object.entries(subSpecs).map(([name, sub]) => [name, record(sub)])),
        version: spec.version,
      };
      const event = { type: "run-started", run, data } as const;
      const at = isoTime(kernel.now());
      const { state, commands } = next(null, { event, at, seq: null }, specOf);
      const live = open(state, ledger.lastSeq(), principal, place, hooks, correlation);
      live.begin(event, { sensitive }, commands);
      return { run, settled: follow(live) };
    },
    load,
    adopt,
    check(run, event) {
      rowOf(run);
      const { state } = foldRun(ledger.entries({ run }), specOf);
      next(state, { event, at: isoTime(kernel.now()), seq: null }, specOf);
    },
    async order(by, event) {
      const entry = await ledger.append(by, event);
      notice.gave(entry);
      // Meanwhile somebody may have begun to work on the run, from its state before.
      const live = "run" in entry ? runs.get(entry.run) : undefined;
      if (live !== undefined && live.foldedTo < entry.seq) live.notice(entry);
    },
    async close() {
      isOpen = false;
      notice.stop();
      const left = [...runs.values()];
      for (const live of left) live.break(new RuntimeError("CANCELLED", "The runtime was closed."));
      await Promise.allSettled(left.map(({ settled }) => settled));
      await ledger.flush().catch(() => {});
    },
  };
}

/** The id of the caller's trace. */
function traceIn({ traceparent }: TraceParent): string | undefined {
  return traceparent?.split("-")[1];
}

/** An id that sorts by its time, which keeps the ledger's index cheap: a UUID of version 7 (RFC 9562 §5.7). */
export function newRunId(nowMs: number): string {
  const random = randomUUID();
  const time = nowMs.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
