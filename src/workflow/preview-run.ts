import type { Principal } from "../contract/principal.ts";
import { parsePath } from "../workspace/path.ts";
import { PlannedTree } from "../workspace/planned-tree.ts";
import { walkDown } from "../workspace/walk.ts";
import { stepsOf } from "./frames.ts";
import { apply, type Specs } from "./next.ts";
import { pending } from "./pending.ts";
import type { Plan } from "./preview.ts";
import { describeChanges } from "../kernel/describe-changes.ts";
import { MAX_STEPS, note, PLANNED_RUN, type Preview, type PreviewKernel } from "./preview-state.ts";
import { previewStep } from "./preview-step.ts";
import type { Decided } from "./state.ts";
import type { Prepared } from "./target.ts";

const MAX_BYTES = 256 * 1024 * 1024;
const MAX_DIFF_CHARACTERS = 4 * 1024 * 1024;

export type PreviewRequest = {
  readonly kernel: PreviewKernel;
  readonly principal: Principal;
  readonly prepared: Prepared;
  readonly cwd: string;
  /** How much new content the plan may hold in memory. */
  readonly maxBytes?: number;
};

/**
 * What a run would do, found out by the engine itself: handlers that touch files alone work on a copy in memory, all
 * others are only named. Nothing is written, neither to the workspace nor to the ledger.
 *
 * @throws PATH_REFUSED, FILE_NOT_FOUND for a `cwd` that cannot be used
 */
export async function previewRun({
  kernel,
  principal,
  prepared,
  cwd,
  maxBytes = MAX_BYTES,
}: PreviewRequest): Promise<Plan> {
  const prefix = parsePath(cwd);
  using directory = walkDown(kernel.workspace.root, prefix);
  const tree = new PlannedTree(directory, maxBytes);
  const before = tree.root;
  const preview: Preview = {
    kernel,
    principal,
    tree,
    prefix,
    steps: [],
    warnings: new Set(prepared.warnings),
    budget: { left: MAX_DIFF_CHARACTERS },
    seq: 0,
    blurredBy: null,
    ...begin(prepared, kernel.now()),
  };
  const end = await play(preview);
  listRest(preview, end);
  const outcome = outcomeOf(preview, end);
  const net = outcome === "rolls-back" ? before : tree.root;
  const { changes, isAll } = describeChanges(tree, prefix, before, net, preview.budget);
  if (!isAll) preview.warnings.add(`Only the first ${changes.length} changed paths are listed.`);
  if (tree.isFull)
    preview.warnings.add("The run would write more than a plan can hold; what follows may differ.");
  const { name, version } = prepared.spec;
  return { workflow: name, version, outcome, steps: preview.steps, changes, warnings: [...preview.warnings] };
}

function begin(
  { kind, spec, subSpecs, inputs, facade }: Prepared,
  nowMs: number,
): Pick<Preview, "state" | "specs"> {
  // Nothing is recorded: each sub-workflow goes by its name, and the workflow itself by the empty one.
  const specs: Specs = (name) => subSpecs[name] ?? spec;
  const data = {
    kind,
    name: spec.name,
    version: spec.version,
    spec: "",
    subSpecs: Object.fromEntries(Object.keys(subSpecs).map((name) => [name, name])),
    inputs: { ...inputs },
    cwd: ".",
    homeHead: "",
    owner: { process: "plan", pid: process.pid, host: "" },
    autoRollback: spec.enable_auto_rollback,
    ...(facade === undefined ? {} : { facade }),
  };
  const event = { type: "run-started", run: PLANNED_RUN, data } as const;
  return { state: apply(null, { event, at: new Date(nowMs).toISOString(), seq: null }, specs), specs };
}

/** Starts whatever the engine wants started, one after another, until it decides how the run ends; null where the plan was cut off. */
async function play(preview: Preview): Promise<Decided | null> {
  for (;;) {
    const [command] = pending(preview.state);
    if (command?.kind === "append") return command.event;
    if (command?.kind !== "start" || preview.steps.length >= MAX_STEPS) {
      preview.warnings.add(`The plan shows the first ${preview.steps.length} steps; there are more.`);
      return null;
    }
    await previewStep(preview, command.step);
  }
}

/** Names the steps that never start: those behind a failure, and those that only a rollback runs. */
function listRest(preview: Preview, end: Decided | null): void {
  const failed = preview.steps.findLast(({ decision }) => decision === "fail" || decision === "deny");
  const listed = new Set(preview.steps.map(({ step }) => step));
  for (const step of stepsOf(preview.state)) {
    if (preview.steps.length >= MAX_STEPS) return;
    if (listed.has(step.key)) continue;
    const why =
      step.spec.step_type === "COMPENSATION"
        ? "runs only in a rollback"
        : `is not reached, because "${failed?.step}" fails`;
    note(preview, step, { decision: "skip", note: why });
  }
  if (failed === undefined) return;
  const consequence =
    end?.type === "run-failed"
      ? "the run would fail; what it did until then would stay"
      : "the run would be rolled back";
  preview.warnings.add(`The step "${failed.step}" would fail, and ${consequence}.`);
}

function outcomeOf({ steps }: Preview, end: Decided | null): Plan["outcome"] {
  if (end?.type === "run-failed") return "fails";
  if (end !== null && end.type !== "run-completed") return "rolls-back";
  return end === null || steps.some(({ decision }) => decision === "unknown") ? "unknown" : "completes";
}
