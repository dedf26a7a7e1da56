import type { Run, RunStatusName, RunSummary } from "../contract/rest/run.ts";
import type { RunRow } from "../ledger/ledger.ts";
import type { Station } from "../operate/station.ts";
import { frameIdOf, frameOf, planOfFrame } from "../workflow/frames.ts";
import { reportRun } from "../workflow/run-report.ts";
import type { RunState } from "../workflow/state.ts";
import { viewRun } from "../workflow/view.ts";

/** A run as REST shows it. @throws RUN_UNKNOWN */
export function showRun({ runtime, stateOf }: Pick<Station, "runtime" | "stateOf">, run: string): Run {
  const state = stateOf(run);
  const {
    workflow,
    status,
    steps,
    changed,
    approvals,
    rollback,
    ledger: _ledger,
    ...view
  } = reportRun(runtime, viewRun(state));
  return {
    ...view,
    name: workflow,
    status: statusName(status),
    rollback:
      rollback === null
        ? null
        : { ...rollback, restored: [...rollback.restored], notRestored: [...rollback.notRestored] },
    inputs: state.inputs,
    steps: steps.map((each) => ({ ...each, waitsFor: waitsFor(state, each.step) })),
    changed: [...changed],
    waiting: approvals.map(({ step }) => step),
  };
}

function waitsFor(state: Pick<RunState, "frames">, step: string): string[] {
  const frame = frameOf(state, frameIdOf(step));
  if (frame === undefined) return [];
  const { index, waitsFor: needed } = planOfFrame(frame);
  const prefix = frame.id === "" ? "" : `${frame.id}/`;
  const before = needed[index.get(step.slice(prefix.length)) ?? -1] ?? [];
  return before.map((each) => `${prefix}${frame.specs[each]?.name ?? ""}`);
}

export function summarize({ id, by: _by, process: _process, status, ...row }: RunRow): RunSummary {
  return { run: id, ...row, status: statusName(status) };
}

export function statusName(status: string): RunStatusName {
  return status.toLowerCase() as RunStatusName;
}
