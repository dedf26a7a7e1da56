import type { CapabilitySpec } from "../contract/capability.ts";
import type { Decision } from "../contract/decide.ts";
import { RuntimeError, toFailure } from "../contract/errors.ts";
import { canonicalJson } from "../contract/json.ts";
import type { LoadedCapability } from "../kernel/capabilities.ts";
import { stricter } from "../kernel/restriction.ts";
import { parseInputs } from "../kernel/validate.ts";
import { isBlock } from "./enter-block.ts";
import { evaluateCondition } from "./expression.ts";
import { stepOf } from "./frames.ts";
import { limitsOf, restrictionOf } from "./policy.ts";
import type { PlannedChange } from "./preview.ts";
import { previewBlock } from "./preview-block.ts";
import { describeChanges } from "./preview-changes.ts";
import { runPlanned, staysInside } from "./preview-handler.ts";
import { hideSecrets, showInputs } from "./preview-inputs.ts";
import {
  blur,
  mayChangeFiles,
  note,
  PLANNED_RUN,
  type Preview,
  pretend,
  type Verdict,
} from "./preview-state.ts";
import {
  hasOpenOutputs,
  outputNames,
  unknownInExpression,
  unknownInTemplates,
  unknownOutputs,
} from "./preview-unknown.ts";
import { leaveUnknown } from "./preview-unknown-step.ts";
import type { StepState } from "./state.ts";
import { resolveTemplates } from "./template.ts";
import { variablesFor } from "./variables.ts";

type Variables = Readonly<Record<string, unknown>>;
type Inputs = Record<string, unknown>;

/** Plans one step that is ready: what it is shown as, and what the engine takes it for. */
export async function previewStep(preview: Preview, key: string): Promise<void> {
  const step = stepOf(preview.state, key);
  if (step === undefined) throw new RuntimeError("INTERNAL", `The plan has no step "${key}".`);
  const variables = variablesFor(preview.state, key);
  try {
    const { when } = step.spec;
    if (when !== undefined) {
      const unknown = await unknownInExpression(when, variables);
      if (unknown !== undefined) return leaveUnknown(preview, step, unknown, variables);
      if (!(await evaluateCondition(when, variables))) {
        const reason = `when: ${when}`;
        note(preview, step, { decision: "skip", note: reason });
        return pretend(preview, { type: "step-skipped", run: PLANNED_RUN, step: key, data: { reason } });
      }
    }
    if (isBlock(step)) return await previewBlock(preview, step, variables);
    if (step.spec.step_type === "HUMAN_APPROVAL") return previewApproval(preview, step, variables);
  } catch (error) {
    return fail(preview, step, error);
  }
  return previewCall(preview, step, variables);
}

function previewApproval(preview: Preview, step: StepState, variables: Variables): void {
  const { key, spec } = step;
  const run = PLANNED_RUN;
  // The message of the approval may hold what is not known yet; it would be asked all the same.
  if (unknownInTemplates(spec.inputs, variables) === undefined)
    resolveTemplates(spec.inputs, variables, preview.state.spec.unresolved, `${key}.inputs`);
  const inputs = showInputs(preview, step, variables);
  const { message } = inputs;
  note(preview, step, {
    decision: "ask",
    note: typeof message === "string" ? message : (spec.description ?? null),
    inputs,
  });
  const approval = `plan-${key}`;
  pretend(preview, {
    type: "approval-requested",
    run,
    step: key,
    data: { approval, binds: "", text: "", approvers: [] },
  });
  pretend(preview, {
    type: "approval-decided",
    run,
    step: key,
    data: { approval, decision: "approved", reason: "planned" },
  });
}

async function previewCall(preview: Preview, step: StepState, variables: Variables): Promise<void> {
  const { spec, key } = step;
  const { registry } = preview.kernel;
  let verdict: Verdict = { decision: "fail" };
  try {
    const loaded = registry.capability(spec.capability_name ?? "");
    verdict = { ...verdict, capability: loaded.spec };
    const unknown = unknownInTemplates([spec.inputs, spec.idempotency_key], variables);
    if (unknown !== undefined) return leaveUnknown(preview, step, unknown, variables);
    const resolved = resolveTemplates(
      spec.inputs,
      variables,
      preview.state.spec.unresolved,
      `${key}.inputs`,
    ) as Inputs;
    const inputs = parseInputs(loaded.spec, resolved);
    verdict = { ...verdict, inputs: hideSecrets(loaded.spec, inputs) };
    const decision = await decide(preview, step, loaded, inputs);
    if (decision.outcome === "deny") {
      verdict = { ...verdict, decision: "deny" };
      throw new RuntimeError("DENIED", `${loaded.spec.id} was refused: ${decision.reason}`);
    }
    const idempotencyKey =
      spec.idempotency_key === undefined
        ? `${PLANNED_RUN}/${key}`
        : String(resolveTemplates(spec.idempotency_key, variables, "error", `${key}.idempotency_key`));
    intend(preview, step, loaded, inputs, idempotencyKey);
    const shown =
      decision.outcome === "step_up"
        ? ({ decision: "ask", note: decision.reason } as const)
        : ({ decision: "run" } as const);
    if (staysInside(loaded.spec))
      await runInside(preview, step, loaded, inputs, idempotencyKey, { ...verdict, ...shown });
    else nameOutside(preview, step, loaded.spec, { ...verdict, ...shown });
  } catch (error) {
    fail(preview, step, error, verdict);
  }
}

async function decide(
  preview: Preview,
  { key, spec }: StepState,
  { spec: capability, specHash }: LoadedCapability,
  inputs: Inputs,
): Promise<Decision> {
  const { kernel, principal, state } = preview;
  const request = {
    run: PLANNED_RUN,
    step: key,
    capability,
    specHash,
    inputs,
    principal,
    workspace: kernel.workspace.path,
  };
  try {
    return stricter(
      await kernel.decide(request),
      restrictionOf(state.spec, spec, spec.capability_name ?? ""),
    );
  } catch (error) {
    return { outcome: "deny", rules: [], reason: `deciding about it failed: ${toFailure(error).message}` };
  }
}

function intend(
  preview: Preview,
  { key }: StepState,
  { spec, specHash }: LoadedCapability,
  inputs: Inputs,
  idempotencyKey: string,
): void {
  const { id: capability, version, idempotent } = spec;
  const data = {
    attempt: 1,
    capability,
    version,
    spec: specHash,
    undo: spec.undo.kind,
    idempotent,
    inputs,
    idempotencyKey,
  };
  pretend(preview, {
    type: "step-intended",
    run: PLANNED_RUN,
    step: key,
    data: { ...data, rules: [], role: "step" },
  });
}

async function runInside(
  preview: Preview,
  step: StepState,
  loaded: LoadedCapability,
  inputs: Inputs,
  idempotencyKey: string,
  verdict: Verdict,
): Promise<void> {
  const { tree, prefix, kernel, state } = preview;
  const before = tree.root;
  const timeoutMs = limitsOf(state.spec, step.spec).timeoutSeconds * 1000;
  let hasRead = false;
  const onRead = () => {
    hasRead = true;
  };
  const leave = (reason: string): void => {
    tree.root = before;
    if (mayChangeFiles(loaded.spec)) blur(preview, step.key);
    note(preview, step, { ...verdict, decision: "unknown", note: reason });
    complete(preview, step, unknownOutputs(step.key, outputNames(loaded.spec), hasOpenOutputs(loaded.spec)));
  };
  const blurred =
    preview.blurredBy === null ? null : `may find other files, because of the step "${preview.blurredBy}"`;
  let outputs: Record<string, unknown>;
  try {
    outputs = await runPlanned(loaded, {
      tree,
      prefix,
      step: step.key,
      inputs,
      idempotencyKey,
      timeoutMs,
      now: kernel.now,
      onRead,
    });
  } catch (error) {
    const { code, message } = toFailure(error);
    if (code === "LIMIT_EXCEEDED" && tree.isFull) return leave(message);
    if (blurred !== null) return leave(`${blurred}; now it would fail: ${message}`);
    throw error;
  }
  if (blurred !== null && hasRead) return leave(blurred);
  const { changes, isAll } = describeChanges(tree, prefix, before, tree.root, preview.budget);
  if (!isAll)
    preview.warnings.add(
      `Of the step "${step.key}" only the first ${changes.length} changed paths are listed.`,
    );
  note(preview, step, { ...verdict, changes });
  if (changes.length > 0) {
    const touched = changes.map(
      ({ target: path }) => ({ path, before: { kind: "absent" }, after: { kind: "absent" } }) as const,
    );
    pretend(preview, {
      type: "effect-intended",
      run: PLANNED_RUN,
      step: step.key,
      data: { op: "write", changes: touched },
    });
  }
  complete(preview, step, outputs);
}

/** What would leave the workspace is not done: it is named, and what it would return is not known. */
function nameOutside(preview: Preview, step: StepState, spec: CapabilitySpec, verdict: Verdict): void {
  const change = outsideChange(spec, verdict.inputs ?? {});
  if (mayChangeFiles(spec)) blur(preview, step.key);
  note(preview, step, {
    ...verdict,
    note: verdict.note ?? "is not carried out in a plan; what it returns is not known",
    changes: change === undefined ? [] : [change],
  });
  complete(preview, step, unknownOutputs(step.key, outputNames(spec), hasOpenOutputs(spec)));
}

function outsideChange(
  { id, side_effects }: CapabilitySpec,
  inputs: Readonly<Inputs>,
): PlannedChange | undefined {
  const { url, command, args } = inputs;
  const all = `${id} ${canonicalJson(inputs)}`;
  if (side_effects.includes("system_exec")) {
    const words = [command, ...(Array.isArray(args) ? (args as unknown[]) : [])];
    const isPlain = words.every((word) => typeof word === "string");
    return { kind: "start-process", target: isPlain ? words.join(" ") : all, diff: null, bytes: null };
  }
  if (!side_effects.includes("network_read") && !side_effects.includes("network_write")) return undefined;
  return { kind: "request", target: typeof url === "string" ? url : all, diff: null, bytes: null };
}

function complete(preview: Preview, { key }: StepState, outputs: Inputs): void {
  pretend(preview, {
    type: "step-completed",
    run: PLANNED_RUN,
    step: key,
    data: { attempt: 1, outputs, durationMs: 0 },
  });
}

function fail(
  preview: Preview,
  step: StepState,
  error: unknown,
  verdict: Verdict = { decision: "fail" },
): void {
  const failure = toFailure(error);
  note(preview, step, { ...verdict, note: failure.message });
  pretend(preview, {
    type: "step-failed",
    run: PLANNED_RUN,
    step: step.key,
    data: { attempt: 1, failure, durationMs: 0 },
  });
}
