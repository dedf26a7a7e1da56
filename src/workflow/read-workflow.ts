import type { SpecSource } from "../contract/parse-spec.ts";
import { type Path, type Problem, problemsOf } from "../contract/spec-problems.ts";
import { WorkflowSpec } from "../contract/workflow.ts";

/** Stand-ins for required fields, so that the rest of a faulty workflow can be checked too. */
const STAND_INS: Readonly<Record<string, unknown>> = {
  name: "unnamed",
  description: "none",
  version: "0.0.0",
  owner: "nobody",
  metadata: { owner: "nobody" },
};
const MAX_PASSES = 3;
// Compiling the schema would cost more than it saves.
const PARSE = { reportInput: true, jitless: true };

/** A workflow by its schema. Where it breaks the schema, what is left without the faulty parts; undefined if nothing is. */
export function readWorkflow({ value }: SpecSource): {
  readonly spec: WorkflowSpec | undefined;
  readonly problems: Problem[];
} {
  const result = WorkflowSpec.safeParse(value, PARSE);
  if (result.success) return { spec: result.data, problems: [] };
  const problems = problemsOf(result.error.issues, WorkflowSpec);
  return { spec: withoutFaults(value, problems), problems };
}

/** Takes the faulty fields out, and what holds them where that does not suffice. Paths of the rest stay as they are. */
function withoutFaults(value: unknown, problems: readonly Problem[]): WorkflowSpec | undefined {
  const copy = structuredClone(value);
  let open = problems;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    for (const { path } of open) {
      if (!takeOut(copy, path.slice(0, path.length - pass))) return undefined;
    }
    const result = WorkflowSpec.safeParse(copy, PARSE);
    if (result.success) return result.data;
    open = problemsOf(result.error.issues, WorkflowSpec);
  }
  return undefined;
}

function takeOut(root: unknown, path: Path): boolean {
  const key = path.at(-1);
  let parent = root;
  for (const step of path.slice(0, -1))
    parent = (parent as Record<string | number, unknown> | undefined)?.[step];
  if (typeof key !== "string" || typeof parent !== "object" || parent === null) return false;
  const fields = parent as Record<string, unknown>;
  if (Object.hasOwn(STAND_INS, key))
    fields[key] =
      key === "name" && path.length > 1
        ? `unnamed_${path.filter(Number.isInteger).join("_")}`
        : STAND_INS[key];
  else delete fields[key];
  return true;
}
