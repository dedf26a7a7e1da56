import { isoTime } from "../contract/clock.ts";
import type { Decision } from "../contract/decide.ts";
import type { EventOf } from "../contract/entry.ts";
import { type RuntimeError, toFailure } from "../contract/errors.ts";
import { HookDecision } from "../contract/governor.ts";
import type { HookAnswer, HookRequest, Hooks } from "../contract/hooks.ts";
import type { PanicOrder } from "../contract/panic.ts";
import type { TraceParent } from "../contract/watch.ts";
import type { StepSpec, WorkflowSpec } from "../contract/workflow.ts";
import { orAborted } from "../kernel/or-aborted.ts";
import { packageVersion } from "../kernel/package-root.ts";
import { hookOutputs, hookStep, type Subject } from "./hook-step.ts";
import type { LiveRun } from "./live-run.ts";
import { redactSecrets } from "./redact.ts";
import { refusalOf } from "./refusal.ts";
import { stepListsOf } from "./step-tree.ts";

/** A governor, and what it is told about a run with every question, without what looks like a secret. */
export type RunHooks = {
  readonly ask: Hooks;
  readonly traceId: string;
  readonly questId: string | null;
  readonly maxCost: number | null;
  readonly userId: string;
  readonly workspaceRoot: string;
  /** The caller's, where nothing here makes spans. */
  readonly trace: TraceParent;
};

const PRE_EXECUTION = "hook.pre_execution";
const PRE_STEP = "hook.pre_step";
const POST_STEP = "hook.post_step";

/** A run about whose steps somebody is asked. */
export type Hooked = LiveRun & { readonly hooks: RunHooks };
type Answered = Pick<EventOf<"hook-answered">["data"], "step" | "role" | "attempt">;
type Values = Readonly<Record<string, unknown>>;

export function isHooked(live: LiveRun): live is Hooked {
  return live.hooks !== null;
}

/** Asks before the first step, once for a run, whoever goes on with it: a DENY ends it, a PAUSE waits for a human. */
export async function askBeforeRun(live: Hooked): Promise<void> {
  if (!live.isNew && wasAsked(live)) return;
  const { spec } = live.state;
  const constraints = {
    timeout_ms: spec.max_execution_time_seconds * 1000,
    max_cost: live.hooks.maxCost,
  };
  const request: HookRequest = {
    ...commonOf(live),
    event: "pre_execution",
    workflow_spec: { ...describeWorkflow(spec), constraints },
  };
  const answer = await ask(live, request, { of: {}, isCarried: true });
  if (answer.decision === "PAUSE") pause(live, `before the run: ${answer.reason}`);
}

/** By an answer of its own, or by what comes after one. */
function wasAsked({ kernel, run }: Hooked): boolean {
  const types = ["hook-answered", "step-intended", "step-withheld"] as const;
  return [...kernel.ledger.entries({ run, types, sealed: true })].some(({ type, data }) =>
    type === "hook-answered"
      ? data.event === "pre_execution" || data.role === "step"
      : data.rules.includes(PRE_EXECUTION),
  );
}

/**
 * Asks before an attempt. A PAUSE becomes a question to a human, except where something is taken back: a rollback is
 * not held up.
 *
 * @throws DENIED, CONSTITUTION_VIOLATION
 */
export async function askBeforeStep(live: Hooked, subject: Subject, signal?: AbortSignal): Promise<Decision> {
  const { step, role } = subject;
  const request: HookRequest = {
    ...commonOf(live),
    event: "pre_step",
    step: hookStep(live, subject),
    resolved_context: { workspace_root: live.hooks.workspaceRoot, user_id: live.hooks.userId },
  };
  const answer = await ask(live, request, aboutOf(subject), signal);
  const rules = role === "step" ? [PRE_EXECUTION, PRE_STEP] : [PRE_STEP];
  switch (answer.decision) {
    case "ALLOW":
      return { outcome: "allow", rules };
    case "PAUSE":
      if (role !== "step") return { outcome: "allow", rules };
      return { outcome: "step_up", rules, reason: `the governor asks for an approval: ${answer.reason}` };
    case "DENY":
      throw refusal("pre_step", answer, `The step "${step.key}"`);
    default:
      return answer.decision satisfies never;
  }
}

export type StepResult = { readonly startedAt: number } & (
  | { readonly outputs: Values; readonly error?: undefined }
  | { readonly outputs?: undefined; readonly error: unknown }
);

/**
 * Shows what an attempt gave, before it is recorded. A step that did its work fails by a DENY, and is taken back; a
 * PAUSE lets nothing further start. What failed or was taken back stays so, whatever the answer is. Returns the rules
 * by which it stands.
 *
 * @throws DENIED, CONSTITUTION_VIOLATION
 */
export async function askAfterStep(
  live: Hooked,
  subject: Subject,
  { startedAt, outputs, error }: StepResult,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { step, role } = subject;
  const failure = outputs === undefined ? toFailure(error) : null;
  const given = outputs === undefined ? () => null : hookOutputs(live, subject, outputs);
  const request: HookRequest = {
    ...commonOf(live),
    event: "post_step",
    step: hookStep(live, subject),
    result: {
      status: failure === null ? "completed" : "failed",
      ...timesOf(startedAt, live.kernel.now()),
      get outputs() {
        return given();
      },
      error:
        failure &&
        redactSecrets({ category: failure.category, code: failure.code, message: failure.message }),
    },
  };
  const answer = await ask(live, request, aboutOf(subject, failure !== null), signal);
  if (role !== "step") return [POST_STEP];
  if (answer.decision === "PAUSE") pause(live, `after the step "${step.key}": ${answer.reason}`);
  if (answer.decision === "DENY" && failure === null)
    throw refusal("post_step", answer, `What the step "${step.key}" gave`);
  return [POST_STEP];
}

/** Tells how a run ended, also after a rollback. */
export async function tellRunEnded(live: Hooked): Promise<void> {
  const { phase, startedAt, updatedAt, failure } = live.state;
  const request: HookRequest = {
    ...commonOf(live),
    event: "post_execution",
    summary: {
      status: phase.toLowerCase(),
      ...timesOf(Date.parse(startedAt), Date.parse(updatedAt)),
      failure_category: failure?.category ?? null,
    },
  };
  await ask(live, request, { of: {}, isCarried: true });
}

/** Tells that a panic stops the run; nothing waits for the answer. */
export async function tellPanic(live: Hooked, { action, reason }: PanicOrder): Promise<void> {
  await ask(live, { ...commonOf(live), event: "on_panic", ...redactSecrets({ action, reason }) });
}

type About = {
  readonly of: Answered;
  /** A plain ALLOW needs no entry: one of a step names the hook among its rules, or nothing depends on the answer. */
  readonly isCarried: boolean;
};

function aboutOf({ step, role, attempt, capability }: Subject, hasFailed = false): About {
  const isCall = capability !== null && role !== "undo" && role !== "redo";
  return { of: { step: step.key, role, attempt }, isCarried: isCall && !hasFailed };
}

async function ask(
  live: Hooked,
  request: HookRequest,
  about: About = { of: {}, isCarried: false },
  signal: AbortSignal = live.signal,
): Promise<HookAnswer> {
  const trace = live.watch?.trace ?? live.hooks.trace;
  let answer: HookAnswer;
  try {
    const given = live.hooks.ask(request, signal, trace);
    answer = "then" in given ? await orAborted(given, signal) : given;
    if (!HookDecision.options.includes(answer.decision)) answer = denied("unknown decision");
  } catch (error) {
    answer = denied(error instanceof Error ? error.message : String(error));
  }
  signal.throwIfAborted();
  const { decision, reason, violation, failed } = answer;
  if (about.isCarried && decision === "ALLOW" && reason === "" && failed === null) return answer;
  void live.emit({
    type: "hook-answered",
    run: live.run,
    data: {
      event: request.event,
      ...about.of,
      decision,
      reason,
      ...(violation === null ? {} : { violation }),
      ...(failed === null ? {} : { failed }),
    },
  });
  return answer;
}

function denied(failed: string): HookAnswer {
  return { decision: "DENY", reason: "there is no valid answer", violation: null, failed };
}

function refusal(event: "pre_step" | "post_step", answer: HookAnswer, what: string): RuntimeError {
  const { reason, violation, failed } = answer;
  return refusalOf(
    {
      event,
      reason,
      ...(violation === null ? {} : { violation }),
      ...(failed === null ? {} : { failed }),
    },
    what,
  );
}

function pause(live: LiveRun, reason: string): void {
  const { phase, stopping } = live.state;
  if (phase !== "RUNNING" || stopping !== null) return;
  void live.emit({ type: "run-paused", run: live.run, data: { reason: `paused by the governor ${reason}` } });
}

function commonOf({ run, hooks, kernel }: Hooked) {
  return {
    trace_id: hooks.traceId,
    quest_id: hooks.questId,
    workflow_id: run,
    timestamp: isoTime(kernel.now()),
    runtime_version: packageVersion(),
  };
}

function timesOf(startMs: number, endMs: number) {
  return {
    started_at: isoTime(startMs),
    ended_at: isoTime(endMs),
    execution_time_ms: Math.max(0, endMs - startMs),
  };
}

const described = new WeakMap<WorkflowSpec, ReturnType<typeof describe>>();

/** A workflow as the governor sees it; the same for all its runs. */
function describeWorkflow(spec: WorkflowSpec): ReturnType<typeof describe> {
  const known = described.get(spec) ?? redactSecrets(describe(spec));
  described.set(spec, known);
  return known;
}

function describe(spec: WorkflowSpec) {
  const steps = stepListsOf(spec).flatMap((list) => list.steps.map(describeStep));
  return { name: spec.name, version: spec.version, steps };
}

function describeStep({ name, capability_name, inputs, risk_level }: StepSpec) {
  return { step_id: name, capability: capability_name ?? null, inputs, risk: { level: risk_level } };
}
