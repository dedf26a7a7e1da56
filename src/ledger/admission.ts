import type { EventOf, LedgerEvent } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { HeldLeases } from "./held-leases.ts";
import type { Projections, RunRecord } from "./projections.ts";

/** What is so at this point of the chain; read inside the write transaction. */
export type Present = {
  readonly process: string;
  readonly projections: Pick<Projections, "run" | "approval">;
  readonly leases: Pick<HeldLeases, "conflict" | "freedSince">;
  /** The verifier that the ledger is under. */
  readonly verifier: () => string;
};

/**
 * Returns where the event may follow on what the ledger holds.
 *
 * @throws RUN_UNKNOWN, OWNER_LOST, STATE_CONFLICT, LEASE_CONFLICT
 */
export function admit(event: LedgerEvent, present: Present): void {
  if (event.type === "key-changed" && event.data.previous !== present.verifier())
    throw new RuntimeError("STATE_CONFLICT", `The ledger is not under the key ${event.data.previous}.`);
  if (!("run" in event)) return;
  const run = present.projections.run(event.run);
  if (event.type === "run-started") {
    if (run !== undefined)
      throw new RuntimeError("STATE_CONFLICT", `The run ${event.run} was started already.`);
    return;
  }
  if (run === undefined)
    throw new RuntimeError("RUN_UNKNOWN", `There is no run ${event.run} in this workspace.`);
  checkOwner(event, run, present.process);
  checkApproval(event, present.projections);
  checkEffect(event, run, present.leases);
}

function checkOwner(event: LedgerEvent, run: RunRecord, process: string): void {
  switch (event.type) {
    case "run-claimed":
      if (event.data.from !== run.process) throw ownerLost(run);
      return;
    case "approval-confirmed":
    case "approval-decided":
    case "approval-revoked":
    case "run-cancel-requested":
    case "run-paused":
    case "run-resumed":
      return;
    case "undo-started":
      if (run.endedAt === null) throw new RuntimeError("STATE_CONFLICT", `The run ${run.id} has not ended.`);
      return;
    default:
  }
  if (run.process !== process) throw ownerLost(run);
}

function ownerLost(run: RunRecord): RuntimeError {
  return new RuntimeError("OWNER_LOST", `The run ${run.id} belongs to the process ${run.process}.`);
}

function checkApproval(event: LedgerEvent, projections: Pick<Projections, "approval">): void {
  if (event.type === "step-intended") return checkUse(event, projections);
  if (!isAboutApproval(event)) return;
  const id = event.data.approval;
  const approval = projections.approval(id);
  if (event.type === "approval-requested") {
    if (approval !== undefined)
      throw new RuntimeError("STATE_CONFLICT", `The approval ${id} was requested already.`);
    return;
  }
  if (approval === undefined || approval.run !== event.run || approval.step !== event.step)
    throw new RuntimeError(
      "STATE_CONFLICT",
      `The step ${event.step} of the run ${event.run} has no approval ${id}.`,
    );
  const { decision } = approval;
  if (decision === null || (event.type === "approval-revoked" && decision === "approved")) return;
  const what = decision === "used" ? "was used" : `was decided already: ${decision}`;
  throw new RuntimeError("STATE_CONFLICT", `The approval ${id} ${what}.`);
}

/** An approval is used once, by the step that it was requested for, and not after it was taken back. */
function checkUse(
  { run, step, data: { approval: id } }: EventOf<"step-intended">,
  projections: Pick<Projections, "approval">,
): void {
  if (id === undefined) return;
  const approval = projections.approval(id);
  if (approval?.run === run && approval.step === step && approval.decision === "approved") return;
  throw new RuntimeError(
    "STATE_CONFLICT",
    `The step ${step} of the run ${run} has no approval ${id} that can be used: ${approval?.decision ?? "nobody answered it"}.`,
  );
}

type AboutApproval = EventOf<
  "approval-requested" | "approval-confirmed" | "approval-revoked" | "approval-decided"
>;

function isAboutApproval(event: LedgerEvent): event is AboutApproval {
  return event.type.startsWith("approval-");
}

function checkEffect(event: LedgerEvent, run: RunRecord, leases: Present["leases"]): void {
  if (event.type !== "effect-intended" && event.type !== "undo-intended") return;
  if (run.endedAt !== null) throw new RuntimeError("STATE_CONFLICT", `The run ${run.id} has ended.`);
  const { changes, lookedAfter } = event.data;
  for (const { path } of changes) {
    const other = leases.conflict(path, event.run);
    if (other !== undefined)
      throw leaseConflict(path, other, `The run ${other} has changed ${path} and has not ended.`);
    // What the intent says of before may be older than what that run has left.
    const late = lookedAfter === undefined ? undefined : leases.freedSince(path, lookedAfter);
    if (late !== undefined)
      throw leaseConflict(path, late, `The run ${late} has changed ${path} since it was looked at.`);
  }
}

function leaseConflict(path: string, run: string, message: string): RuntimeError {
  return new RuntimeError("LEASE_CONFLICT", message, { details: { path, run } });
}
