import { z } from "zod";

import { Risk, SideEffect } from "../../contract/capability.ts";
import { isObject } from "../../contract/json.ts";
import { checkSpec, type SpecSource } from "../../contract/parse-spec.ts";
import { type PolicySettings, POLICY_MODES } from "../../contract/policy-set.ts";

const Action = z.enum(["ALLOW", "DENY", "REQUIRE_APPROVAL"]);
const Texts = z.lazy(() => z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat()));

const OlderRule = z.lazy(() =>
  z
    .object({
      id: z.string().optional(),
      principal: z.string().optional(),
      principals: Texts.optional(),
      capabilities: Texts.optional(),
      when: z
        .object({ capability: Texts.optional(), risk_level: z.union([Risk, z.array(Risk)]).optional() })
        .optional(),
      side_effects_any: z.array(SideEffect).optional(),
      side_effects_all: z.array(SideEffect).optional(),
      action: Action.optional(),
      decision: Action.optional(),
      reason: z.string().optional(),
    })
    .refine(({ action, decision }) => (action ?? decision) !== undefined, "needs an action or a decision"),
);

const OlderPolicy = z.lazy(() =>
  z.object({
    version: z.union([z.string(), z.number()]).optional(),
    default: Action.optional(),
    mode: z.enum(POLICY_MODES).optional(),
    rules: z.array(OlderRule),
  }),
);

type OlderRule = z.output<typeof OlderRule>;

/** Whether it is a policy of the older system, or its constitution. */
export function isOlderPolicy(value: unknown): boolean {
  return isObject(value) && Array.isArray(value["rules"]) && !("policies" in value);
}

/**
 * The older policy as Cedar: of its rules the first that matches counts, so each holds unless one before it matches.
 * An ALLOW of HIGH or CRITICAL risk asks a human. What no rule matches is denied, unless `default` says otherwise.
 *
 * @throws SPEC_INVALID
 */
export function convertOlderPolicy(source: SpecSource): {
  readonly policies: Record<string, string>;
  readonly settings: Partial<z.output<typeof PolicySettings>>;
} {
  const { rules, mode, default: fallback = "DENY" } = checkSpec(source, OlderPolicy);
  const policies: Record<string, string> = {};
  const before: string[] = [];
  for (const [index, rule] of rules.entries()) {
    const condition = conditionOf(rule);
    const id = `older.${index + 1}${rule.id === undefined ? "" : `.${idText(rule.id)}`}`;
    const reason = rule.reason ?? `rule ${rule.id ?? index + 1} of the older policy`;
    add(policies, id, reason, rule.action ?? rule.decision ?? "DENY", condition, before);
    before.push(condition);
  }
  add(policies, "older.default", "no rule of the older policy matches", fallback, "true", before);
  return { policies, settings: mode === undefined ? {} : { mode } };
}

function add(
  policies: Record<string, string>,
  id: string,
  reason: string,
  action: z.output<typeof Action>,
  condition: string,
  before: readonly string[],
): void {
  const unlessEarlier =
    before.length === 0 ? "" : `\nunless { ${before.map((each) => `(${each})`).join(" || ")} }`;
  const policy = (effect: string, name: string, when: string, more = "") =>
    (policies[name] =
      `@id("${name}")\n@reason(${quoted(reason)})\n${effect} (principal, action, resource)\nwhen { ${when} }${unlessEarlier}${more};`);
  const unlessConfirmed = "\nunless { context.confirmed }";
  if (action === "DENY") return void policy("forbid", id, condition);
  policy("permit", id, condition);
  const asks = action === "REQUIRE_APPROVAL" ? condition : `(${condition}) && resource.risk_level >= 3`;
  policy("forbid", `${id}.ask`, asks, unlessConfirmed);
}

function conditionOf(rule: OlderRule): string {
  const risks = [rule.when?.risk_level ?? []].flat();
  const parts = [
    either([rule.principal ?? [], rule.principals ?? []].flat().map(principalCondition)),
    either([...(rule.capabilities ?? []), ...(rule.when?.capability ?? [])].map(capabilityCondition)),
    risks.length === 0 ? "" : `${list(risks)}.contains(resource.risk)`,
    rule.side_effects_any === undefined ? "" : `resource.effects.containsAny(${list(rule.side_effects_any)})`,
    rule.side_effects_all === undefined ? "" : `resource.effects.containsAll(${list(rule.side_effects_all)})`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "true" : parts.map((part) => `(${part})`).join(" && ");
}

/** `agent:x`, `user:*`, a plain name, or `*`. */
function principalCondition(pattern: string): string {
  const [, kind = "", name = ""] = /^(?:(agent|user|human):)?(.*)$/s.exec(pattern) ?? [];
  if (kind === "" && name === "*") return "true";
  if (kind === "agent") return `principal.agent != "" && principal.agent like ${quoted(name)}`;
  const isHuman = `principal.agent == "" && principal.human like ${quoted(name)}`;
  return kind === "" ? `principal.agent like ${quoted(name)} || (${isHuman})` : isHuman;
}

function capabilityCondition(pattern: string): string {
  return `resource.id like ${quoted(pattern)}`;
}

function either(conditions: readonly string[]): string {
  return conditions.map((condition) => (conditions.length === 1 ? condition : `(${condition})`)).join(" || ");
}

function list(texts: readonly string[]): string {
  return `[${texts.map(quoted).join(", ")}]`;
}

/** A Cedar string, or a pattern, in which `*` stands for any characters. */
function quoted(text: string): string {
  const escaped = text.replaceAll(
    /[^ !#-[\]-~]/gu,
    (char) => `\\u{${Number(char.codePointAt(0)).toString(16)}}`,
  );
  return `"${escaped}"`;
}

function idText(id: string): string {
  return id.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, "-") || "rule";
}
