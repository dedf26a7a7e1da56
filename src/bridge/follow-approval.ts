import { RuntimeError } from "../contract/errors.ts";
import { canonicalJson } from "../contract/json.ts";
import { parseInputs } from "../kernel/validate.ts";
import type { Runtime } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";
import type { Work } from "./respond.ts";
import { settleRun } from "./settle-run.ts";

/**
 * The run that an approval was requested for, once it has ended or waits again. An approval counts for the very call
 * it was granted for and once: it never begins another run.
 *
 * @throws INPUT_INVALID for an approval that there is not, DENIED for one of another call
 */
export async function followApproval(
  runtime: Runtime,
  approval: string,
  asked: { readonly capability: string; readonly input: Readonly<Record<string, unknown>> },
  onStop: Work["onStop"],
): Promise<RunView> {
  const found = runtime.ledger.approval(approval);
  if (found === undefined)
    throw new RuntimeError(
      "INPUT_INVALID",
      `--approval: there is no approval ${JSON.stringify(approval)} in this workspace.`,
    );
  const { run } = found;
  const [started] = runtime.ledger.entries({ run, types: ["run-started"] });
  const { spec } = runtime.registry.capability(asked.capability);
  const isSame =
    started?.data.kind === "capability" &&
    started.data.name === spec.id &&
    canonicalJson(started.data.inputs) === canonicalJson(parseInputs(spec, asked.input));
  if (!isSame)
    throw new RuntimeError(
      "DENIED",
      `--approval: ${approval} was asked for another call; ask for this one, and have it approved.`,
    );
  onStop(run, () => runtime.cancel(run, "the process was asked to stop", true));
  return settleRun(runtime, run);
}
