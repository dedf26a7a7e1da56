import { followRun } from "./follow-run.ts";
import { readInputs } from "./run-inputs.ts";
import type { Action } from "./session.ts";

export const run: Action = (session) => {
  const [target = ""] = session.args;
  return followRun(session, async (runtime) => {
    const inputs = await readInputs(session, runtime.registry, target);
    const cwd = session.text("cwd");
    return runtime.start(target, { inputs, ...(cwd === undefined ? {} : { cwd }) });
  });
};
