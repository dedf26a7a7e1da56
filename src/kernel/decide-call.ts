import type { CapabilitySpec } from "../contract/capability.ts";
import type { Decision, DecisionRequest } from "../contract/decide.ts";
import type { EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import { requestDigest } from "../contract/request-digest.ts";
import type { Call, Kernel } from "./invoke.ts";
import { orAborted } from "./or-aborted.ts";
import { requireCalm } from "./require-calm.ts";
import { stricter } from "./restriction.ts";
import { parseInputs, sensitivePointers } from "./validate.ts";

type Inputs = Record<string, unknown>;

/** A decision that is no denial, and the inputs that it is about: as they were asked for, or as it changed them. */
export type Decided = {
  readonly decision: Exclude<Decision, { readonly outcome: "deny" }>;
  readonly inputs: Inputs;
  readonly request: DecisionRequest;
};

/**
 * Decides about a call whose inputs are valid. A denial is recorded before it is thrown.
 *
 * @throws PANIC; CONSTITUTION_VIOLATION; DENIED where the workflow's own policy refuses, or deciding failed; what the
 * call was aborted with
 */
export async function decideCall(
  kernel: Kernel,
  call: Call,
  capability: CapabilitySpec,
  specHash: string,
  asked: Inputs,
): Promise<Decided> {
  const { run, step, role, principal, prefix } = call;
  const { path: workspace } = kernel.workspace;
  const request = { run, step, role, capability, specHash, inputs: asked, principal, workspace, prefix };
  const decision = await decideSafely(kernel, call, request);
  const inputs = decision.inputs === undefined ? asked : parseInputs(capability, decision.inputs);
  const decided = { ...request, inputs };
  if (decision.outcome !== "deny") return { decision, inputs, request: decided };
  withhold(kernel, call, decided, decision);
  requireCalm(kernel.alarm, call);
  throw new RuntimeError(
    decision.receipt?.outcome === "deny" ? "CONSTITUTION_VIOLATION" : "DENIED",
    `${capability.id} was refused: ${decision.reason}`,
    { details: { outcome: "deny", rules: decision.rules, reason: decision.reason } },
  );
}

async function decideSafely(kernel: Kernel, call: Call, request: DecisionRequest): Promise<Decision> {
  try {
    const decision = kernel.decide(request);
    return stricter("then" in decision ? await orAborted(decision, call.signal) : decision, call.restriction);
  } catch (error) {
    call.signal.throwIfAborted();
    const { id } = request.capability;
    const why = error instanceof Error ? error.message : String(error);
    const reason = `deciding about it failed: ${why}`;
    withhold(kernel, call, request, { outcome: "deny", rules: ["error.deny"], reason });
    throw new RuntimeError("DENIED", `${id} was refused, because deciding about it failed.`, {
      cause: error,
    });
  }
}

/** Records that an attempt was not allowed to run, and why. */
export function withhold(
  { ledger }: Kernel,
  { run, step, attempt, role, principal, emit }: Call,
  request: DecisionRequest,
  decision: Exclude<Decision, { readonly outcome: "allow" | "modify" }>,
): void {
  const { capability, inputs } = request;
  const { outcome, rules, reason } = decision;
  const data = {
    attempt,
    outcome,
    capability: capability.id,
    version: capability.version,
    spec: ledger.record(principal, "capability", capability),
    inputs,
    rules: [...rules],
    reason,
    role,
    ...receiptOf({ ledger }, request, decision),
  };
  const sensitive = sensitivePointers(capability.inputs, "/inputs");
  emit({ type: "step-withheld", run, step, data }, { sensitive }).catch(() => {});
}

/** What an entry says about how its attempt was decided. */
export function receiptOf(
  { ledger }: Pick<Kernel, "ledger">,
  { capability, specHash, inputs, principal }: DecisionRequest,
  { receipt }: Decision,
): Pick<EventOf<"step-intended">["data"], "receipt" | "request"> {
  if (receipt === undefined) return {};
  return {
    receipt: ledger.record(principal, "receipt", receipt),
    request: requestDigest(capability, specHash, inputs),
  };
}
