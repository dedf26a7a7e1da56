import type { Decision } from "../contract/decide.ts";
import type { StepSpec, WorkflowSpec } from "../contract/workflow.ts";
import { capabilityOf } from "./capability-of.ts";

type Rule = WorkflowSpec["policy"][number];

/** What a workflow's own `policy` says about a step that is to run a capability. It can only restrict. */
export function restrictionOf(spec: WorkflowSpec, step: StepSpec): Decision {
  const rules = rulesFor(spec, step);
  // A rule is about the capability, whichever version of it the step names.
  const capability = capabilityOf(step).replace(/@.*$/s, "");
  for (const rule of rules) {
    const { environment } = spec.metadata;
    if (rule.allowed_environments.length > 0 && !rule.allowed_environments.includes(environment))
      return {
        outcome: "deny",
        rules: named(rule),
        reason: `rule ${rule.rule_id} does not allow the environment "${environment}"`,
      };
    if (matchesAny(rule.denied_capabilities, capability))
      return { outcome: "deny", rules: named(rule), reason: `rule ${rule.rule_id} denies ${capability}` };
    if (rule.allowed_capabilities.length > 0 && !matchesAny(rule.allowed_capabilities, capability))
      return {
        outcome: "deny",
        rules: named(rule),
        reason: `rule ${rule.rule_id} does not list ${capability}`,
      };
  }
  const asking = rules.find((rule) => matchesAny(rule.requires_approval_for, capability));
  if (asking !== undefined)
    return {
      outcome: "step_up",
      rules: named(asking),
      reason: `rule ${asking.rule_id} asks for an approval`,
    };
  if (step.risk_level === "CRITICAL")
    return { outcome: "step_up", rules: ["workflow.risk_level"], reason: "the step's risk is CRITICAL" };
  return { outcome: "allow", rules: [] };
}

/** Retries and seconds that a step has at the most, by its own fields and by the rules that cover it. */
export function limitsOf(spec: WorkflowSpec, step: StepSpec): { retries: number; timeoutSeconds: number } {
  const rules = rulesFor(spec, step);
  const own = step.retry === undefined ? step.max_retries : step.retry.max_attempts - 1;
  return {
    retries: Math.min(own, ...rules.map((rule) => rule.max_retries ?? own)),
    timeoutSeconds: Math.min(
      step.timeout_seconds,
      ...rules.map((rule) => rule.timeout_seconds ?? step.timeout_seconds),
    ),
  };
}

function named(rule: Rule): string[] {
  return [`workflow.${rule.rule_id}`];
}

function rulesFor(spec: WorkflowSpec, step: StepSpec): Rule[] {
  return spec.policy.filter(({ agent_name }) => matches(agent_name, step.agent_name));
}

/** Whether one of the globs fits: `*` stands for any characters. */
export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matches(pattern, name));
}

/** `*` stands for any characters; everything else is literal. */
function matches(pattern: string, name: string): boolean {
  const star = pattern.indexOf("*");
  if (star === -1) return pattern === name;
  const lastStar = pattern.lastIndexOf("*");
  if (!name.startsWith(pattern.slice(0, star))) return false;
  let from = star;
  for (const part of pattern.slice(star, lastStar).split("*")) {
    const at = name.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  const last = pattern.slice(lastStar + 1);
  return name.length - from >= last.length && name.endsWith(last);
}
