import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { suggest } from "../contract/nearest.ts";
import { checkSpec, type Place, readSpec, showProblem, specError, type SpecSource } from "../contract/parse-spec.ts";
import type { Path, Problem } from "../contract/spec-problems.ts";
import { WorkflowSpec } from "../contract/workflow.ts";
import type { Registry } from "../kernel/registry.ts";
import { checkWorkflow } from "./check-workflow.ts";
import { stepListsOf } from "./step-tree.ts";

export type LoadedWorkflow = {
  readonly spec: WorkflowSpec;
  /** SHA-256 of the canonical JSON of the spec. */
  readonly digest: string;
  /** The workflows that its WORKFLOW steps name, and those that these name, by the name used. */
  readonly subSpecs: Readonly<Record<string, WorkflowSpec>>;
  /** What may go wrong, each with its place. */
  readonly warnings: readonly string[];
  readonly locate: (path: Path, part?: "key" | "value") => Place;
};

/**
 * A workflow that is fit to run, as far as that can be known before it runs.
 *
 * @throws SPEC_INVALID with everything that is wrong in it and in its sub-workflows, each with file, line and column
 */
export async function loadWorkflow(text: string, file: string, registry: Registry): Promise<LoadedWorkflow> {
  const loading: Loading = { registry, subSpecs: {}, warnings: [], errors: [] };
  const source = readSpec(text, file);
  const spec = await load(loading, source, [], []);
  if (spec === undefined || loading.errors.length > 0) throw joined(loading.errors);
  const { subSpecs, warnings } = loading;
  return { spec, digest: digestOf(spec), subSpecs, warnings, locate: source.locate };
}
