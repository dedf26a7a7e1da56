import type { ApprovalBatch, Question } from "../contract/approval.ts";
import { type CapabilitySpec, type Risk, RISKS } from "../contract/capability.ts";
import type { Decision, DecisionRequest } from "../contract/decide.ts";
import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { type Approval, approvalsOf, askedOf, principalOf, stateOf } from "./approvals.ts";
import type { LoadedCapability } from "./capabilities.ts";
import { withhold } from "./decide-call.ts";
import type { Call, Kernel } from "./invoke.ts";
import { renderConsent } from "./render-consent.ts";

/** What lets a call go on: nothing has to, an approval that it uses up, or the answer to a call like it. */
export type Clearance = {
  readonly kind: "cleared";
  readonly approval?: string;
  readonly coveredBy?: string;
};

export const CLEARED: Clearance = { kind: "cleared" };

export type Shaking = {
  readonly loaded: LoadedCapability;
  readonly request: DecisionRequest;
  readonly decision: Extract<Decision, { readonly outcome: "step_up" | "defer" }>;
  /** Through which it is reached. */
  readonly pack: string;
};

/**
 * Whether a call that a human has to confirm was confirmed. An approval counts for this very call: for the code that
 * would run, with these inputs, for this principal in this step, under the policies that ask and with the effect that
 * was shown; once, until it expires or is revoked, and given by whom the rules allow. Otherwise there is a question.
 */
export async function handshake(
  kernel: Kernel,
  call: Call,
  shaking: Shaking,
): Promise<Clearance | { readonly kind: "needs-approval"; readonly question: Question }> {
  if (call.approval === "declared") return CLEARED;
  const { loaded, request, decision, pack } = shaking;
  const { spec } = loaded;
  const { inputs } = request;
  // The answer that this call goes on by may not have been written yet.
  await kernel.ledger.flush();
  const { foresee } = await import("./foresee.ts");
  const foreseen = await foresee(loaded, call, { ...inputs }, kernel.now);
  const identity = identityOf(kernel, call, shaking);
  const binds = digestOf({ ...identity, step: call.step, inputs, effects: foreseen?.digest ?? null });
  if (call.approval?.binds === binds && isGranted(kernel, call.run, call.approval.id))
    return { kind: "cleared", approval: call.approval.id };
  const risk = riskOf(spec, call);
  const batch = batchOf(call, risk, shaking, identity);
  const covering = batch === undefined ? undefined : coveringAnswer(kernel, call.run, batch);
  if (covering !== undefined) return { kind: "cleared", coveredBy: covering };
  withhold(kernel, call, request, decision);
  const { rules, reason, requirement, timeoutSeconds } = decision;
  const terms = kernel.approvals.terms({ risk, pack, requirement });
  const { principal, run, step, prefix } = call;
  const shown = renderConsent({
    spec,
    inputs,
    principal,
    run,
    step,
    rules,
    reason,
    terms,
    foreseen,
    directory: prefix.join("/"),
    batch: batch === undefined ? undefined : requirement?.batch,
  });
  const changes = foreseen === null || foreseen.failure !== null ? undefined : foreseen.changes;
  const question = { binds, ...shown, changes, rules, terms, timeoutSeconds, batch };
  return { kind: "needs-approval", question };
}

/** What is approved, apart from the step, the inputs and the effect. */
function identityOf(
  { workspace, ledger }: Kernel,
  { principal, run, prefix }: Call,
  { loaded: { spec, specHash, handlerHash }, decision: { receipt, rules } }: Shaking,
) {
  return {
    capability: spec.id,
    version: spec.version,
    specHash,
    handlerHash,
    policySet: receipt?.policySet ?? null,
    rules: [...rules].sort(),
    place: { ledger: ledger.id, workspace: workspace.path, cwd: prefix },
    principal,
    run,
  };
}

/** A step can only raise what the contract says. */
function riskOf({ risk }: CapabilitySpec, call: Call): Risk {
  return RISKS.indexOf(call.risk) > RISKS.indexOf(risk.level) ? call.risk : risk.level;
}

function batchOf(
  { restriction }: Call,
  risk: Risk,
  { decision, request }: Shaking,
  identity: object,
): ApprovalBatch | undefined {
  const batch = decision.requirement?.batch;
  // What the workflow or a governor wants to be asked about, no policy of the constitution lets pass.
  if (batch === undefined || restriction.outcome !== "allow" || RISKS.indexOf(risk) > RISKS.indexOf("MEDIUM"))
    return undefined;
  const { [batch.field]: _, ...inputs } = request.inputs;
  return { key: digestOf({ ...identity, inputs, field: batch.field }), seconds: batch.seconds };
}

function coveringAnswer(kernel: Kernel, run: string, { key, seconds }: ApprovalBatch): string | undefined {
  const covering = approvalsOf(kernel.ledger, run).find((approval) => {
    const decided = approval.answers.find(({ type }) => type === "approval-decided");
    const isFresh = decided !== undefined && Date.parse(decided.at) + seconds * 1000 >= kernel.now();
    return (
      approval.entry.data.batch?.key === key && isFresh && isConfirmed(kernel, approval, ["approved", "used"])
    );
  });
  return covering?.entry.data.approval;
}

function isGranted(kernel: Kernel, run: string, id: string): boolean {
  const approval = approvalsOf(kernel.ledger, run).find(({ entry }) => entry.data.approval === id);
  return approval !== undefined && isConfirmed(kernel, approval, ["approved"]);
}

/** Whether so many persons said yes as it takes, who all may still do so. */
function isConfirmed(
  { ledger, approvals, alarm, now }: Kernel,
  approval: Approval,
  states: readonly ReturnType<typeof stateOf>[],
): boolean {
  if (!states.includes(stateOf(approval, now()))) return false;
  const { run, by: asker } = approval.entry;
  // Whoever said yes did not know of a panic that came later.
  const stoppedAt = alarm.lastOver({ run, principal: principalOf(ledger, asker) }) ?? "";
  if (approval.answers.some(({ at }) => at <= stoppedAt)) return false;
  const asked = askedOf(ledger, approval, () => approvals.terms({ risk: "CRITICAL" }));
  try {
    const persons = approval.answers.map(({ by }) => approvals.person(asked, principalOf(ledger, by)));
    return new Set(persons).size >= asked.terms.quorum;
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "DENIED") return false;
    throw error;
  }
}
