import { expect } from "vitest";

import type { Entry, RunEvent } from "../src/contract/entry.ts";
import type { StepSpec, WorkflowSpec } from "../src/contract/workflow.ts";
import { foldRun } from "../src/workflow/fold.ts";
import { frameOf, stepOf } from "../src/workflow/frames.ts";
import { next } from "../src/workflow/next.ts";
import { pending } from "../src/workflow/pending.ts";
import { itemsOf } from "../src/workflow/stack.ts";
import type { Command, RunState } from "../src/workflow/state.ts";
import { brief, failure, INTENT, timeAt, workflow } from "./run-script.ts";

const child = workflow({ name: "child", steps: [{ name: "s" }, { name: "t" }] });

/**
 * A worker without a world: it answers the commands in any order, with any outcome that a real one could have, lets
 * operators interfere, and dies now and then. It checks after every event what must hold after every event.
 */
export class SimulatedWorker {
  readonly entries: Entry[] = [];
  readonly #choices: readonly number[];
  readonly #spec: WorkflowSpec;
  readonly specs: (digest: string) => WorkflowSpec;
  #chosen = 0;
  #seq = 0;
  #approvals = 0;
  #state: RunState | null = null;
  readonly #history: RunState[] = [];
  #outstanding: Command[] = [];
  /** What a rollback has to undo, the latest last; kept apart from the state. */
  #done: (number | string)[] = [];

  constructor(spec: WorkflowSpec, choices: readonly number[]) {
    this.#spec = spec;
    this.#choices = choices;
    this.specs = (digest) => (digest === "child" ? child : spec);
  }

  get state(): RunState {
    if (this.#state === null) throw new Error("not started");
    return this.#state;
  }

  /** The state that the worker had after its first so many events. */
  stateAfter(events: number): RunState | undefined {
    return this.#history[events - 1];
  }

  /** Plays until nothing is left to do but to wait for a human, or the run has ended. */
  play({ autoRollback, answers }: { readonly autoRollback: boolean; readonly answers: boolean }): void {
    const owner = { process: "p1", pid: 1, host: "h" };
    const subSpecs = { child: "child" };
    const { name, version } = this.#spec;
    this.#append({
      type: "run-started",
      run: "r",
      data: {
        kind: "workflow",
        name,
        version,
        spec: "top",
        subSpecs,
        inputs: {},
        cwd: "",
        homeHead: "",
        owner,
        autoRollback,
      },
    });
    for (let turn = 0; this.#takeTurn(answers); turn++)
      if (turn > 2000) throw new Error("the run does not end");
  }

  /** 0 once the choices are used up: then everything succeeds and nobody interferes. */
  #choose(below: number): number {
    return (this.#choices[this.#chosen++] ?? 0) % below;
  }

  #takeTurn(answers: boolean): boolean {
    const { phase, running, waiting } = this.state;
    // As a real worker does it: what follows from the state alone is appended before anything else happens.
    const decided = this.#outstanding.find(({ kind }) => kind === "append");
    if (decided !== undefined) {
      this.#perform(decided);
      return true;
    }
    const moves: (() => void)[] = [];
    for (const command of this.#outstanding) moves.push(() => this.#perform(command));
    for (const key of running) moves.push(() => this.#finish(key));
    const answerable = waiting.filter((key) => stepOf(this.state, key)?.approval?.granted === false);
    if (answers && this.state.stopping === null)
      for (const key of answerable) moves.push(() => this.#answer(key));
    if (phase === "PAUSED" && this.state.pauseReason !== null)
      moves.push(() => this.#on("run-resumed", { reason: "go" }));
    if (moves.length === 0) return false;
    if (this.#choose(12) === 11) this.#interfere();
    else moves[this.#choose(moves.length)]?.();
    return true;
  }

  #interfere(): void {
    const { phase, stopping, pauseReason } = this.state;
    switch (this.#choose(4)) {
      case 0:
        return this.#crash();
      case 1:
        if (phase === "ROLLING_BACK" || stopping !== null || pauseReason !== null) return;
        return this.#on("run-paused", { reason: "look" });
      case 2:
        return this.#on("run-cancel-requested", { reason: "enough", rollback: this.#choose(2) === 0 });
      default:
        return this.#on("run-timed-out", {});
    }
  }

  #crash(): void {
    const folded = foldRun(this.entries, this.specs);
    this.#state = folded.state;
    this.#outstanding = [...folded.commands];
    this.#on("run-claimed", { owner: { process: "p2", pid: 2, host: "h" }, from: "p1" });
    for (const key of this.state.running) {
      const outcome = (["undone", "repeatable", "unknown"] as const)[this.#choose(3)];
      if (outcome === "undone") this.#undoEffectsOf(key);
      this.#onStep("step-interrupted", key, { attempt: stepOf(this.state, key)?.attempt, outcome });
    }
  }

  #perform(command: Command): void {
    switch (command.kind) {
      case "start":
      case "start-later":
        return this.#start(command.step);
      case "ask":
        return this.#ask(command.step);
      case "abort":
        return this.#onStep(
          "step-failed",
          command.steps[0] ?? "",
          this.#failed(command.steps[0] ?? "", "CANCELLED"),
        );
      case "undo":
        return this.#undo(command.item);
      case "compensate-globally":
        return this.#compensate(`global[${command.index}]`, "global-compensation");
      case "append":
        return this.#append({ ...command.event, run: "r" });
      default:
        return command satisfies never;
    }
  }

  #start(key: string): void {
    const step = stepOf(this.state, key);
    if (step === undefined) throw new Error(`no step ${key}`);
    const { spec } = step;
    const fate = this.#choose(8);
    if (fate === 6) return this.#onStep("step-skipped", key, { reason: "when" });
    if (fate === 7) return this.#onStep("step-failed", key, this.#failed(key, "TEMPLATE_UNRESOLVED"));
    if (spec.foreach !== undefined)
      return this.#onStep("block-entered", key, { items: [1, 2, 3].slice(this.#choose(4)) });
    switch (spec.step_type) {
      case "CONDITION":
        return this.#onStep("block-entered", key, { branch: this.#choose(2) === 0 ? "then" : "else" });
      case "PARALLEL":
      case "WORKFLOW":
        return this.#onStep("block-entered", key, {});
      case "HUMAN_APPROVAL":
        return this.#ask(key);
      default:
        if (fate === 5 && step.approval === null) return this.#ask(key);
        return this.#intend(key, spec, step.attempt + 1);
    }
  }

  #intend(key: string, spec: StepSpec, attempt: number): void {
    const undo = (["reversible", "compensable"] as const)[this.#choose(2)];
    if (undo === "compensable" && spec.compensation !== undefined) this.#owe(key);
    this.#onStep("step-intended", key, { ...INTENT, attempt, undo });
  }

  #finish(key: string): void {
    const fate = this.#choose(8);
    if (fate === 1 || fate === 2) return this.#write(key);
    if (fate === 3)
      return this.#onStep("step-failed", key, { ...this.#failed(key, "SERVICE_FAILED"), retryAt: timeAt(0) });
    if (fate === 4) return this.#onStep("step-failed", key, this.#failed(key, "SERVICE_REFUSED"));
    if (fate === 5) return this.#onStep("step-failed", key, this.#failed(key, "LEASE_CONFLICT"));
    if (stepOf(this.state, key)?.isLasting === true) this.#owe(key);
    this.#onStep("step-completed", key, {
      attempt: stepOf(this.state, key)?.attempt,
      outputs: { [key]: fate },
      durationMs: 1,
    });
  }

  /** A lasting effect is compensated once, however often it was tried. */
  #owe(key: string): void {
    if (!this.#done.includes(key)) this.#done.push(key);
  }

  #write(key: string): void {
    this.#done.push(this.#seq + 1);
    const change = { path: "f", before: { kind: "absent" }, after: { kind: "absent" } };
    this.#onStep("effect-intended", key, { op: "write", changes: [change] });
  }

  #ask(key: string): void {
    this.#onStep("approval-requested", key, {
      approval: `q${this.#approvals++}`,
      binds: "b",
      text: "?",
      approvers: [],
    });
  }

  #answer(key: string): void {
    const decision = this.#choose(4) === 3 ? "rejected" : "approved";
    this.#onStep("approval-decided", key, {
      approval: stepOf(this.state, key)?.approval?.id,
      decision,
      reason: "x",
    });
  }

  #undo(item: Extract<Command, { kind: "undo" }>["item"]): void {
    expect(item.kind === "effect" ? item.seq : item.step).toBe(this.#done.pop());
    if (item.kind === "compensation") return this.#compensate(item.step, "compensation");
    if (this.#choose(6) === 5)
      return this.#onStep("undo-refused", item.step, { of: item.seq, failure: failure("UNDO_CONFLICT") });
    this.#takeBack(item.step, item.seq);
  }

  #undoEffectsOf(key: string): void {
    const effects = itemsOf(this.state.undo).flatMap((item) =>
      item.kind === "effect" && item.step === key ? [item.seq] : [],
    );
    this.#done = this.#done.filter((done) => typeof done === "string" || !effects.includes(done));
    for (const seq of effects) this.#takeBack(key, seq);
  }

  #takeBack(step: string, of: number): void {
    this.#onStep("undo-intended", step, { of, mode: "strict", changes: [] });
    this.#onStep("undo-completed", step, { of, kept: [] });
  }

  #compensate(key: string, role: "compensation" | "global-compensation"): void {
    this.#onStep("step-intended", key, { ...INTENT, role });
    if (this.#choose(6) === 5) return this.#onStep("step-failed", key, this.#failed(key, "SERVICE_REFUSED"));
    this.#onStep("step-completed", key, { attempt: 1, outputs: {}, durationMs: 1 });
  }

  #failed(key: string, code: Parameters<typeof failure>[0]): object {
    return { attempt: stepOf(this.state, key)?.attempt ?? 1, failure: failure(code), durationMs: 1 };
  }

  #on(type: RunEvent["type"], data: object): void {
    this.#append({ type, run: "r", data } as RunEvent);
  }

  #onStep(type: RunEvent["type"], step: string, data: object): void {
    this.#append({ type, run: "r", step, data } as unknown as RunEvent);
  }

  #append(event: RunEvent): void {
    const seq = ++this.#seq;
    const at = timeAt(seq);
    const before = this.#state;
    const numbered = event.type === "effect-intended" || event.type.startsWith("undo-");
    const { state, commands } = next(before, { event, at, seq: numbered ? seq : null }, this.specs);
    this.#state = state;
    this.#history.push(state);
    this.entries.push({ ...event, at, seq, by: "somebody" });
    if (event.type === "run-restarted") this.#done = [];
    this.#done.push(...armed(before, state));
    this.#outstanding = this.#outstanding.flatMap((command) => stillDue(command, event, state));
    this.#outstanding.push(...commands);
    this.#check(commands);
  }

  #check(commands: readonly Command[]): void {
    const { state } = this;
    for (const command of commands)
      if (command.kind === "start" || command.kind === "start-later") checkStart(state, command.step);
    const undos = this.#outstanding.filter(({ kind }) => kind === "undo" || kind === "compensate-globally");
    expect(undos.length).toBeLessThanOrEqual(1);
    expect(pending(state).map(brief).sort()).toEqual(this.#outstanding.map(brief).sort());
    if (state.phase === "COMPLETED" || state.phase === "FAILED" || state.phase === "ROLLED_BACK") {
      expect(state.endedAt).toBe(state.updatedAt);
      expect(state.activeSince).toBeNull();
      expect(this.#outstanding).toEqual([]);
    } else expect(state.endedAt).toBeNull();
  }
}

/** What is left of a command after an event. */
function stillDue(command: Command, event: RunEvent, state: RunState): Command[] {
  const answered = "step" in event ? event.step : null;
  switch (command.kind) {
    case "start":
    case "start-later":
    case "ask":
      return answered === command.step || state.phase !== "RUNNING" || state.stopping !== null
        ? []
        : [command];
    case "abort": {
      const steps = command.steps.filter((key) => state.running.includes(key));
      return steps.length === 0 ? [] : [{ ...command, steps }];
    }
    case "undo":
      return itemsOf(state.undo).includes(command.item) ? [command] : [];
    case "compensate-globally":
      return state.rollback?.globalsDone === command.index ? [command] : [];
    case "append":
      return event.type === command.event.type ? [] : [command];
    default:
      return command satisfies never;
  }
}

/** COMPENSATION steps that this event has put onto the undo stack. */
function armed(before: RunState | null, state: RunState): string[] {
  const already = new Set(itemsOf(before?.undo ?? null));
  const items = itemsOf(state.undo)
    .filter((item) => !already.has(item))
    .toReversed();
  return items.flatMap(({ kind, step }) =>
    kind === "compensation" && stepOf(state, step)?.spec.step_type === "COMPENSATION" ? [step] : [],
  );
}

function checkStart(state: RunState, key: string): void {
  expect([state.phase, state.stopping]).toEqual(["RUNNING", null]);
  const step = stepOf(state, key);
  const around = frameOf(state, step?.frame ?? "");
  if (step === undefined || around === undefined) throw new Error(`no step ${key}`);
  const settled = (name: string) => {
    const other = around.steps.find(({ spec }) => spec.name === name);
    return other?.phase === "completed" || other?.phase === "skipped";
  };
  const inOrder =
    (around.kind === "workflow" || around.kind === "branch") &&
    around.specs.every(({ depends_on }) => depends_on.length === 0);
  const earlier = around.specs.slice(0, around.specs.indexOf(step.spec)).map(({ name }) => name);
  expect((inOrder ? earlier : step.spec.depends_on).filter((name) => !settled(name))).toEqual([]);
}
