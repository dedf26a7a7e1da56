import type { CapabilitySpec } from "../contract/capability.ts";
import type { Decide, Decision } from "../contract/decide.ts";

const STRICTNESS = ["allow", "step_up", "deny"] as const;

/** The stricter of two decisions; both name the rules that led to it. */
export function stricter(left: Decision, right: Decision): Decision {
  const rules = [...left.rules, ...right.rules];
  return STRICTNESS.indexOf(left.outcome) >= STRICTNESS.indexOf(right.outcome)
    ? { ...left, rules }
    : { ...right, rules };
}

/** The rules that hold where no constitution is loaded: what cannot be taken back asks a human first. */
export const decideLocally: Decide = ({ capability }) => {
  const reason = whyAsk(capability);
  if (reason === undefined) return { outcome: "allow", rules: ["local.allow"] };
  return { outcome: "step_up", rules: ["local.ask"], reason };
};

function whyAsk({ id, undo, risk }: CapabilitySpec): string | undefined {
  if (undo.kind === "irreversible") return `${id} cannot be undone`;
  if (risk.level === "CRITICAL") return `${id} is of CRITICAL risk`;
  if (risk.requires_approval) return `the contract of ${id} asks for an approval`;
  return undefined;
}
