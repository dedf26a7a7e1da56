import type { Runtime } from "../workflow/runtime.ts";
import { followRun } from "./follow-run.ts";
import { renderError, asRuntimeError } from "./render-error.ts";
import { readInputs } from "./run-inputs.ts";
import type { Action, Session } from "./session.ts";

export const run: Action = (session) => {
  const [target = ""] = session.args;
  return followRun(session, async (runtime) => {
    await finishWhatIsLeft(session, runtime);
    const inputs = await readInputs(session, runtime.registry, target);
    const cwd = session.text("cwd");
    return runtime.start(target, { inputs, ...(cwd === undefined ? {} : { cwd }) });
  });
};

/** What a dead process left is finished first; that it cannot be is no reason not to run. */
async function finishWhatIsLeft({ io, style }: Session, runtime: Runtime): Promise<void> {
  try {
    const recovered = await runtime.recover();
    for (const view of recovered) io.stderr.write(`Recovered run ${view.run}: ${view.status}\n`);
  } catch (error) {
    for (const line of renderError(asRuntimeError(error), style.colors)) io.stderr.write(`${line}\n`);
  }
}
