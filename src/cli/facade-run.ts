import { RuntimeError, type ErrorCode } from "../contract/errors.ts";
import { followRun } from "./follow-run.ts";
import { readInputs } from "./run-inputs.ts";
import type { Action, Session } from "./session.ts";

export const runFacade: Action = (session) =>
  followFacade(session, session.args[0] ?? "", session.text("workflow") ?? "");

/** Runs what a facade leads to, as `airun run` does. */
export function followFacade(session: Session, facade: string, workflow: string): Promise<number> {
  return followRun(session, async (runtime) => {
    const inputs = await readInputs(session, runtime.registry, workflow);
    const cwd = session.text("cwd");
    try {
      return await runtime.start(workflow, { inputs, facade, ...(cwd === undefined ? {} : { cwd }) });
    } catch (error) {
      throw withType(error);
    }
  });
}

// The names that readers of the older command line's JSON know.
const TYPES: Partial<Record<ErrorCode, string>> = {
  SUBJECT_UNKNOWN: "facade_not_found",
  NOT_ACTIVE: "facade_not_active",
  SUSPENDED: "facade_not_active",
  DRIFTED: "facade_not_active",
  WORKFLOW_UNKNOWN: "workflow_not_allowed",
  NOT_AUTHORIZED: "workflow_not_allowed",
};

function withType(error: unknown): unknown {
  const type = error instanceof RuntimeError ? TYPES[error.code] : undefined;
  if (!(error instanceof RuntimeError) || type === undefined) return error;
  return new RuntimeError(error.code, error.message, { cause: error, details: { type } });
}
