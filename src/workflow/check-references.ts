import { RuntimeError } from "../contract/errors.ts";
import { suggest } from "../contract/nearest.ts";
import type { Path, Problem } from "../contract/spec-problems.ts";
import type { StepSpec, WorkflowSpec } from "../contract/workflow.ts";
import { parseExpression } from "./expression.ts";
import {
  canHave,
  fieldsOf,
  outermostScope,
  type OutputsOf,
  type Scope,
  scopeInside,
  scopeOfStep,
} from "./scope.ts";
import { stepsBefore } from "./check-order.ts";
import { listsIn, type StepList } from "./step-tree.ts";
import { templatesIn } from "./template.ts";

export type Findings = { readonly problems: Problem[]; readonly warnings: Problem[] };

/** What templates and conditions name and cannot get. `given` are names that come from outside. */
export async function checkReferences(
  spec: WorkflowSpec,
  outputsOf: OutputsOf,
  given: readonly string[],
): Promise<Findings> {
  const checker = new Checker(spec.unresolved === "keep", outputsOf);
  const scope = outermostScope(spec, outputsOf, given);
  await checker.list({ steps: spec.steps, path: ["steps"], startsTogether: false, block: undefined }, scope);
  for (const [index, { inputs }] of spec.global_compensation_steps.entries()) {
    checker.templates(inputs, scope, ["global_compensation_steps", index, "inputs"], undefined);
  }
  return checker.findings;
}

/** The other steps of a list that have not certainly ended when one begins. */
type NotBefore = ReadonlySet<string> | undefined;

class Checker {
  readonly findings: Findings = { problems: [], warnings: [] };
  readonly #keepsText: boolean;
  readonly #outputsOf: OutputsOf;

  constructor(keepsText: boolean, outputsOf: OutputsOf) {
    this.#keepsText = keepsText;
    this.#outputsOf = outputsOf;
  }

  async list(list: StepList, scope: Scope): Promise<void> {
    const before = stepsBefore(list);
    for (const [index, step] of list.steps.entries()) {
      const others = list.steps
        .map(({ name }) => name)
        .filter((name) => before.get(step.name)?.has(name) !== true);
      await this.#step(step, scope, [...list.path, index], new Set(others));
    }
  }

  templates(value: unknown, scope: Scope, path: Path, notBefore: NotBefore): void {
    for (const { path: name, at } of templatesIn(value))
      this.#report(judge(name, scope, notBefore, false), [...path, ...at], `{{ ${name} }}`, this.#keepsText);
  }

  async #step(step: StepSpec, scope: Scope, path: Path, notBefore: NotBefore): Promise<void> {
    const inner = scopeOfStep(scope, step);
    this.templates(step.foreach, scope, [...path, "foreach"], notBefore);
    this.templates(step.inputs, inner, [...path, "inputs"], notBefore);
    this.templates(step.idempotency_key, inner, [...path, "idempotency_key"], notBefore);
    if (step.compensation !== undefined)
      this.templates(step.compensation.inputs, inner, [...path, "compensation", "inputs"], undefined);
    if (step.when !== undefined) await this.#expression(step.when, scope, [...path, "when"], notBefore);
    if (step.condition !== undefined)
      await this.#expression(step.condition, inner, [...path, "condition"], notBefore);
    for (const list of listsIn(step, path))
      await this.list(list, scopeInside(scope, step, list.steps, this.#outputsOf));
  }

  async #expression(text: string, scope: Scope, path: Path, notBefore: NotBefore): Promise<void> {
    if (text.includes("{{")) {
      this.findings.problems.push({
        path,
        message: `is an expression, not a template: write names without {{ }} (got "${text}")`,
      });
      return;
    }
    const parsed = await parseExpression(text).catch(asRuntimeError);
    if (parsed instanceof RuntimeError) this.findings.problems.push({ path, message: parsed.message });
    else for (const name of parsed.paths) this.#report(judge(name, scope, notBefore, true), path, name);
  }

  #report(verdict: Verdict | undefined, path: Path, name: string, isWarning = false): void {
    if (verdict === undefined) return;
    const { problems, warnings } = this.findings;
    (isWarning || verdict.isWarning ? warnings : problems).push({
      path,
      message: `${name}: ${verdict.message}`,
    });
  }
}

function asRuntimeError(error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  throw error;
}

type Verdict = { readonly message: string; readonly isWarning: boolean };

/** Why a path cannot be resolved, or may not be; undefined where it can. */
function judge(path: string, scope: Scope, notBefore: NotBefore, isExpression: boolean): Verdict | undefined {
  const [head = "", ...rest] = path.split(".");
  if (scope.names.has(head)) return undefined;
  const schema = scope.steps.get(head);
  if (schema === undefined) {
    const hint = suggest(head, [...scope.steps.keys(), ...scope.names]);
    // A plain name may still come with the inputs of a run.
    const isPlain = rest.length === 0 && !isExpression;
    if (scope.isOpen && isPlain && hint === "") return undefined;
    return { message: `nothing is named "${head}"${hint}`, isWarning: scope.isOpen || isPlain };
  }
  if (!canHave(schema, rest)) {
    const [field = ""] = rest;
    const fields = fieldsOf(schema);
    const hint = fields.includes(field) ? "" : suggest(field, fields);
    return { message: `the step "${head}" returns no "${rest.join(".")}"${hint}`, isWarning: false };
  }
  if (notBefore?.has(head) !== true) return undefined;
  return { message: `the step "${head}" may not have ended by then; add it to depends_on`, isWarning: true };
}
