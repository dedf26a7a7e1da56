import { isoTime } from "../contract/clock.ts";
import type { Entry, EventOf, LedgerEvent } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import type { RunWatch } from "../contract/watch.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import type { Emit } from "../kernel/emit.ts";
import type { Kernel } from "../kernel/invoke.ts";
import type { AppendOptions } from "../ledger/ledger.ts";
import { ReadMarks } from "../workspace/read-marks.ts";
import type { Directory } from "../workspace/walk.ts";
import { next } from "./next.ts";
import { isHooked, type RunHooks, tellRunEnded } from "./run-hooks.ts";
import type { Command, RunState, Transition } from "./state.ts";

const MAX_TIMER_MS = 2 ** 31 - 1;

/** The directory that a run is confined to, and where it lies in the workspace. */
export type Place = { readonly directory: Directory; readonly prefix: readonly string[] };

export type LiveRunOptions = Place & {
  /** Of a run that is to begin, or as the ledger has it. */
  readonly state: RunState;
  /** Number of the newest entry that the state can have been folded from. */
  readonly foldedTo: number;
  readonly kernel: Kernel;
  readonly principal: Principal;
  readonly specs: (digest: string) => WorkflowSpec;
  /** Does what a command says; what it throws breaks the run. */
  readonly perform: (live: LiveRun, command: Command) => Promise<void>;
  readonly onEntry: (entry: Entry) => void;
  /** Called once, when the work on the run is over here: with its state, or null where it broke off. */
  readonly onLeave: (end: RunState | null) => void;
  /** Who is asked about the run's steps; null for nobody. */
  readonly hooks: RunHooks | null;
  /** Who sees what is done for it; null for nobody. */
  readonly watch: RunWatch | null;
};

/**
 * A run that this process works on: its state, and what is going on for it. Events are applied as they are appended
 * and become durable in the same order; whoever needs the durable fact awaits `emit`. Commands wait until `release`.
 */
export class LiveRun {
  readonly run: string;
  readonly kernel: Kernel;
  readonly principal: Principal;
  readonly directory: Directory;
  readonly prefix: readonly string[];
  /** Of the attempts that run now, by step key. */
  readonly controllers = new Map<string, AbortController>();
  readonly timers = new Set<NodeJS.Timeout>();
  readonly reads = new ReadMarks();
  readonly hooks: RunHooks | null;
  readonly watch: RunWatch | null;
  readonly foldedTo: number;
  /** The question before the first step; every step starts when it is answered. */
  admission: Promise<void> | null = null;
  /** After a lost race for a path: steps start when this has resolved. */
  comeback: { readonly waiting: AbortController; readonly promise: Promise<void> } | null = null;
  /** Resolves when the run has ended or waits for a human, durably. Rejects when the ledger failed. */
  readonly settled: Promise<RunState>;

  readonly #options: LiveRunOptions;
  readonly #queue: Command[] = [];
  #state: RunState;
  #isNew = false;
  #draining = true;
  #active = 0;
  #isEndTold = false;
  #isLeft = false;
  readonly #broken = new AbortController();
  #deadline: NodeJS.Timeout | undefined;
  #settle: { resolve: (state: RunState) => void; reject: (error: unknown) => void };

  constructor(options: LiveRunOptions) {
    this.#options = options;
    this.#state = options.state;
    this.run = options.state.run;
    this.kernel = options.kernel;
    this.principal = options.principal;
    this.directory = options.directory;
    this.prefix = options.prefix;
    this.hooks = options.hooks;
    this.watch = options.watch;
    this.foldedTo = options.foldedTo;
    const { promise, resolve, reject } = Promise.withResolvers<RunState>();
    promise.catch(() => {});
    this.settled = promise;
    this.#settle = { resolve, reject };
  }

  get state(): RunState {
    return this.#state;
  }

  /** Aborted, with what broke the run, when this process works on it no more. */
  get signal(): AbortSignal {
    return this.#broken.signal;
  }

  /** Whether it began here: nothing was asked or done about it before. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** Appends the event that made the state of a new run, and begins with what follows from it. */
  begin(started: EventOf<"run-started">, options: AppendOptions, commands: readonly Command[]): void {
    this.#isNew = true;
    this.#append(this.principal, started, options).catch((error: unknown) => this.break(error));
    this.release(commands);
  }

  /** Begins with what is to be done; what events called for until now is among it. */
  release(commands: readonly Command[]): void {
    this.#draining = false;
    this.#queue.length = 0;
    this.#watchTime(this.state);
    this.#enqueue(commands);
  }

  readonly emit: Emit = (event, options) => this.emitAs(this.principal, event, options);

  /** The same for somebody else: who approves, pauses or cancels is not who started the run. */
  emitAs<Event extends LedgerEvent>(
    by: Principal,
    event: Event,
    options?: AppendOptions,
  ): Promise<Entry<Event>> {
    if (this.signal.aborted) return this.#refuse(this.signal.reason);
    // These are told apart later by their sequence number, which only the commit gives.
    if (event.type === "effect-intended" || event.type === "undo-intended")
      return this.#append(by, event, options).then((entry) => {
        this.#enter(this.#next(event, entry.at, entry.seq));
        return entry;
      });
    // What the state refuses must not reach the ledger, and what follows from it must come after it.
    const transition = this.#next(event, isoTime(this.kernel.now()), null);
    const appended = this.#append(by, event, options);
    appended.catch((error: unknown) => this.break(error));
    this.#enter(transition);
    return appended;
  }

  /** Lets the state follow what another process appended. What comes too late has no effect, as in the fold. */
  notice(entry: Entry): void {
    if (this.signal.aborted) return;
    try {
      this.#enter(this.#next(entry, entry.at, entry.seq));
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== "STATE_CONFLICT") this.break(error);
    }
  }

  /** Most do not wait for what they append; that the run is broken, `settled` tells. */
  #refuse(error: unknown): Promise<never> {
    const refused = Promise.reject<never>(error);
    refused.catch(() => {});
    return refused;
  }

  async #append<Event extends LedgerEvent>(
    by: Principal,
    event: Event,
    options?: AppendOptions,
  ): Promise<Entry<Event>> {
    const entry = await this.kernel.ledger.append(by, event, options);
    this.#options.onEntry(entry);
    return entry;
  }

  /**
   * Stops working on the run, without recording anything; another process may take it over. What is under way is told
   * to stop, and the run keeps its directory and its paths until it has.
   */
  break(error: unknown): void {
    if (this.signal.aborted) return;
    this.#broken.abort(error);
    this.#queue.length = 0;
    for (const controller of this.controllers.values()) controller.abort(error);
    this.comeback?.waiting.abort();
    this.#clearTimers();
    this.#leaveIfBroken();
  }

  #leaveIfBroken(): void {
    if (!this.signal.aborted || this.#active > 0) return;
    if (!this.#isLeft) this.#options.onLeave(null);
    this.#isLeft = true;
    this.#settle.reject(this.signal.reason);
  }

  #next(event: LedgerEvent, at: string, seq: number | null): Transition {
    return next(this.#state, { event, at, seq }, this.#options.specs);
  }

  #enter({ state, commands }: Transition): void {
    this.#state = state;
    if (state.phase !== "RUNNING" || state.stopping !== null) this.comeback?.waiting.abort();
    this.#watchTime(state);
    this.#enqueue(commands);
  }

  /** A run has only so much time of running; waiting for a human does not count. */
  #watchTime({ phase, spec, activeMs }: RunState): void {
    if (phase !== "RUNNING") {
      clearTimeout(this.#deadline);
      this.#deadline = undefined;
      return;
    }
    if (this.#deadline !== undefined) return;
    const leftMs = Math.max(0, spec.max_execution_time_seconds * 1000 - activeMs);
    this.#deadline = setTimeout(
      () => {
        this.#deadline = undefined;
        void this.emit({ type: "run-timed-out", run: this.run, data: {} });
      },
      Math.min(leftMs, MAX_TIMER_MS),
    );
  }

  #clearTimers(): void {
    clearTimeout(this.#deadline);
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  #enqueue(commands: readonly Command[]): void {
    this.#queue.push(...commands);
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let command = this.#queue.shift(); command !== undefined; command = this.#queue.shift())
        this.#perform(command);
    } finally {
      this.#draining = false;
    }
    this.#settleIfQuiet();
  }

  #perform(command: Command): void {
    this.during(this.#options.perform(this, command));
  }

  /** The run does not settle before this work is over; what it throws breaks the run. */
  during(work: Promise<void>): void {
    const done = this.hold();
    work.catch((error: unknown) => this.break(error)).finally(done);
  }

  /** The run neither settles nor is left before the returned function is called. */
  hold(): () => void {
    this.#active++;
    return () => {
      this.#active--;
      this.#leaveIfBroken();
      if (!this.#draining) this.#settleIfQuiet();
    };
  }

  async #close(state: RunState): Promise<void> {
    // Recording the answer comes here again.
    if (state.endedAt !== null && !this.#isEndTold) {
      this.#isEndTold = true;
      if (isHooked(this)) await tellRunEnded(this);
    }
    await this.kernel.ledger.flush();
    // Meanwhile somebody may have given an order: then the run goes on, and settles when that is done.
    if (this.#state !== state || this.#active > 0) this.#settleIfQuiet();
    else this.#leave(state);
  }

  /** At once, so that no order finds a worker that has stopped working. */
  #leave(state: RunState): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#options.onLeave(state);
    this.#settle.resolve(state);
  }

  #settleIfQuiet(): void {
    if (this.#active > 0 || this.#queue.length > 0 || this.signal.aborted) return;
    const state = this.state;
    if (state.phase === "RUNNING" || state.phase === "ROLLING_BACK") return;
    // A retry that was due later is due again when the run is resumed.
    this.#clearTimers();
    this.#close(state).catch((error: unknown) => this.break(error));
  }
}
