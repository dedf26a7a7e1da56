import type { Entry, EventOf, RunEvent } from "../src/contract/entry.ts";
import { type ErrorCode, type Failure, RuntimeError, toFailure } from "../src/contract/errors.ts";
import { WorkflowSpec } from "../src/contract/workflow.ts";
import { stepOf } from "../src/workflow/frames.ts";
import { next } from "../src/workflow/next.ts";
import type { Command, RunState, StepState } from "../src/workflow/state.ts";
import { flowOf } from "./flow.ts";

export type SpecInput = { readonly steps: readonly object[]; readonly [field: string]: unknown };

type Data<Type extends RunEvent["type"]> = Partial<EventOf<Type>["data"]>;

/** A complete workflow of these steps; an ACTION needs no more than its name. */
export function workflow(input: SpecInput): WorkflowSpec {
  return WorkflowSpec.parse(flowOf(input.steps, input));
}

const [THEN, ELSE] = ["then", "else"] as const;

/** A CONDITION, whose branches are named as a promise's method is. */
export function condition(name: string, yes: unknown, no: unknown = []): object {
  return { name, step_type: "CONDITION", condition: "x", [THEN]: yes, [ELSE]: no };
}

export function failure(code: ErrorCode = "SERVICE_REFUSED", message = `it failed with ${code}`): Failure {
  return toFailure(new RuntimeError(code, message));
}

export type ScriptOptions = {
  readonly subs?: Readonly<Record<string, WorkflowSpec>>;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly autoRollback?: boolean;
};

/** A run played by hand: every call appends one event and returns the commands that follow from it, as short text. */
export class RunScript {
  readonly entries: Entry[] = [];
  readonly specs: (digest: string) => WorkflowSpec;
  current: RunState | null = null;
  /** Commands of the last event. */
  last: readonly Command[] = [];
  #seq = 0;

  constructor(spec: WorkflowSpec, { subs = {}, inputs = {}, autoRollback = true }: ScriptOptions = {}) {
    this.specs = (digest) => (digest === "top" ? spec : (subs[digest] ?? spec));
    this.happen({
      type: "run-started",
      run: "r1",
      data: {
        kind: "workflow",
        name: spec.name,
        version: spec.version,
        spec: "top",
        subSpecs: Object.fromEntries(Object.keys(subs).map((name) => [name, name])),
        inputs: { ...inputs },
        cwd: "",
        homeHead: "",
        owner: { process: "p1", pid: 1, host: "h" },
        autoRollback,
      },
    });
  }

  get state(): RunState {
    if (this.current === null) throw new Error("the run has not started");
    return this.current;
  }

  /** Seconds since the start. */
  get now(): number {
    return this.#seq;
  }

  wait(seconds: number): void {
    this.#seq += seconds;
  }

  step(key: string): StepState {
    const step = stepOf(this.state, key);
    if (step === undefined) throw new Error(`no step ${key}`);
    return step;
  }

  happen(event: RunEvent): readonly string[] {
    const seq = this.#seq + 1;
    const at = timeAt(seq);
    const numbered = event.type === "effect-intended" || event.type.startsWith("undo-");
    const { state, commands } = next(this.current, { event, at, seq: numbered ? seq : null }, this.specs);
    this.#seq = seq;
    this.entries.push({ ...event, at, seq, by: "somebody" });
    this.current = state;
    this.last = commands;
    return commands.map(brief);
  }

  on(type: RunEvent["type"], data: object = {}): readonly string[] {
    return this.happen({ type, run: "r1", data } as RunEvent);
  }

  onStep(type: RunEvent["type"], step: string, data: object): readonly string[] {
    return this.happen({ type, run: "r1", step, data } as unknown as RunEvent);
  }

  intend(step: string, data: Data<"step-intended"> = {}): readonly string[] {
    return this.onStep("step-intended", step, { ...INTENT, attempt: this.#attempt(step) + 1, ...data });
  }

  /** One file written; returns the sequence number of the effect. */
  write(step: string, path = `${step}.txt`): number {
    this.onStep("effect-intended", step, {
      op: "write",
      changes: [{ path, before: { kind: "absent" }, after: { kind: "absent" } }],
    });
    return this.#seq;
  }

  complete(step: string, outputs: object = {}): readonly string[] {
    return this.onStep("step-completed", step, { attempt: this.#attempt(step), outputs, durationMs: 1 });
  }

  /** Intent and success. */
  run(step: string, outputs: object = {}, intent: Data<"step-intended"> = {}): readonly string[] {
    this.intend(step, intent);
    return this.complete(step, outputs);
  }

  fail(step: string, code: ErrorCode = "SERVICE_REFUSED", retryAt?: string): readonly string[] {
    const data = { attempt: this.#attempt(step), failure: failure(code), durationMs: 1 };
    return this.onStep("step-failed", step, retryAt === undefined ? data : { ...data, retryAt });
  }

  enter(step: string, data: Data<"block-entered"> = {}): readonly string[] {
    return this.onStep("block-entered", step, data);
  }

  ask(step: string, approval = `ask-${step}`): readonly string[] {
    return this.onStep("approval-requested", step, { approval, binds: "b", text: "may it?", approvers: [] });
  }

  decide(
    step: string,
    decision: "approved" | "rejected" | "expired",
    approval = `ask-${step}`,
  ): readonly string[] {
    return this.onStep("approval-decided", step, { approval, decision, reason: "because" });
  }

  /** Undo of the effect with this number; returns what follows from its completion. */
  undo(step: string, of: number): readonly string[] {
    this.onStep("undo-intended", step, { of, mode: "strict", changes: [] });
    return this.onStep("undo-completed", step, { of, kept: [] });
  }

  refuseUndo(step: string, of: number): readonly string[] {
    return this.onStep("undo-refused", step, { of, failure: failure("UNDO_CONFLICT") });
  }

  /** Does what the last commands say must be appended, until there is no such command. */
  settle(): readonly string[] {
    for (;;) {
      const [only] = this.last;
      if (only?.kind !== "append") return this.last.map(brief);
      this.happen({ ...only.event, run: "r1" });
    }
  }

  #attempt(step: string): number {
    return (this.current === null ? undefined : stepOf(this.current, step))?.attempt ?? 0;
  }
}

export const INTENT: EventOf<"step-intended">["data"] = {
  attempt: 1,
  capability: "io.fs.write_file",
  version: "1.0.0",
  spec: "c",
  undo: "reversible",
  idempotent: false,
  inputs: {},
  idempotencyKey: "k",
  rules: [],
  role: "step",
};

export function timeAt(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();
}

export function brief(command: Command): string {
  switch (command.kind) {
    case "start":
    case "start-later":
    case "ask":
      return `${command.kind} ${command.step}`;
    case "abort":
      return `abort ${command.steps.join(" ")}`;
    case "undo":
      return `undo ${command.item.kind} ${command.item.step}`;
    case "compensate-globally":
      return `global ${command.index}`;
    case "append":
      return `append ${command.event.type}`;
    default:
      return command satisfies never;
  }
}
