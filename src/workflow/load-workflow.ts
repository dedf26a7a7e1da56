import { resolve } from "node:path";

import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { readSpec, showProblem, specError, type SpecSource } from "../contract/parse-spec.ts";
import type { Path, Problem } from "../contract/spec-problems.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import { lookUp } from "../kernel/look-up.ts";
import type { Registry } from "../kernel/registry.ts";
import { checkWorkflow } from "./check-workflow.ts";
import { readWorkflow } from "./read-workflow.ts";
import { stepListsOf } from "./step-tree.ts";

export type LoadedWorkflow = {
  readonly spec: WorkflowSpec;
  /** SHA-256 of the canonical JSON of the spec. */
  readonly digest: string;
  /** The workflows that its WORKFLOW steps name, and those that these name, by the name used. */
  readonly subSpecs: Readonly<Record<string, WorkflowSpec>>;
  /** What may go wrong, each with its place. */
  readonly warnings: readonly string[];
  readonly locate: SpecSource["locate"];
};

/**
 * A workflow that is fit to run, as far as that can be known before it runs.
 *
 * @throws SPEC_INVALID with everything that is wrong in it and in its sub-workflows, each with file, line and column
 */
export async function loadWorkflow(text: string, file: string, registry: Registry): Promise<LoadedWorkflow> {
  const loader = new Loader(registry);
  const source = readSpec(text, file);
  const spec = await loader.load(source, { names: [], files: [] }, []);
  if (spec === undefined || loader.errors.length > 0) throw joined(loader.errors);
  return {
    spec,
    digest: digestOf(spec),
    subSpecs: Object.fromEntries(loader.subSpecs),
    warnings: loader.warnings,
    locate: source.locate,
  };
}

/** The workflows that name each other down to the present one. */
type Around = { readonly names: readonly string[]; readonly files: readonly string[] };

class Loader {
  readonly errors: RuntimeError[] = [];
  readonly warnings: string[] = [];
  readonly subSpecs = new Map<string, WorkflowSpec>();
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** `given` are the names of the inputs that the workflow gets from a step. */
  async load(
    source: SpecSource,
    around: Around,
    given: readonly string[],
  ): Promise<WorkflowSpec | undefined> {
    const { spec, problems } = readWorkflow(source);
    if (spec !== undefined) {
      const found = await checkWorkflow(spec, source.value, this.#registry, given);
      problems.push(...found.problems);
      this.warnings.push(...found.warnings.map((warning) => showProblem(source, warning)));
      const within = { names: [...around.names, spec.name], files: [...around.files, resolve(source.file)] };
      problems.push(...(await this.#loadSubWorkflows(spec, within)));
    }
    if (problems.length > 0) this.errors.push(specError(source, problems));
    return spec;
  }

  async #loadSubWorkflows(spec: WorkflowSpec, around: Around): Promise<Problem[]> {
    const uses = stepListsOf(spec).flatMap(({ steps, path }) =>
      steps.flatMap(({ workflow, inputs }, index) =>
        workflow === undefined ? [] : [{ name: workflow, inputs, path: [...path, index, "workflow"] }],
      ),
    );
    const problems: Problem[] = [];
    for (const { name, path } of uses) {
      const given = uses.filter((use) => use.name === name).flatMap(({ inputs }) => Object.keys(inputs));
      const problem = await this.#loadSubWorkflow(name, path, around, given);
      if (problem !== undefined) problems.push(problem);
    }
    return problems;
  }

  async #loadSubWorkflow(
    name: string,
    path: Path,
    around: Around,
    given: readonly string[],
  ): Promise<Problem | undefined> {
    const result = lookUp(() => this.#registry.workflow(name));
    if ("error" in result) {
      if (result.error.code !== "SPEC_INVALID") return { path, message: result.error.message };
      this.errors.push(result.error);
      return undefined;
    }
    const { file, text } = result.found;
    if (around.files.includes(resolve(file)))
      return { path, message: `a workflow cannot contain itself: ${[...around.names, name].join(" -> ")}` };
    if (this.subSpecs.has(name)) return undefined;
    const spec = await this.load(readSpec(text, file), around, given);
    if (spec !== undefined) this.subSpecs.set(name, spec);
    return undefined;
  }
}

/** The errors of several files as one, the outermost file first. */
function joined(errors: readonly RuntimeError[]): RuntimeError {
  const outermostFirst = errors.toReversed();
  const details = outermostFirst.flatMap((error) => error.details);
  return new RuntimeError("SPEC_INVALID", outermostFirst.map(({ message }) => message).join("\n"), {
    details,
  });
}
