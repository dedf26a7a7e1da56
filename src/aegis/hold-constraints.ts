import { type CapabilitySpec, RISKS } from "../contract/capability.ts";
import type { Constraints } from "../contract/constraints.ts";
import type { REFUSALS } from "../contract/quest.ts";
import { factsOf } from "../governance/constitution/call-facts.ts";
import { matchesAny } from "../workflow/policy.ts";

type Code = (typeof REFUSALS)[number];

/** One constraint that a call would break. */
export type Breach = {
  readonly code: Code;
  /** `quest.risk`, `quest.hosts`, … */
  readonly rule: string;
  readonly message: string;
  readonly remedy: string;
};

const COST: Readonly<Record<string, number>> = { free: 0, compute: 1, low_io: 1, high_io: 5, network: 10 };

/** What one call costs, in units. */
export function costOf({ metadata }: Pick<CapabilitySpec, "metadata">): number {
  return COST[metadata.cost_model ?? ""] ?? 1;
}

/** What a call of a capability breaks, as far as its inputs are known; `inputs` may leave out what is not. */
export function breachesOf(
  constraints: Constraints,
  capability: CapabilitySpec,
  inputs: Readonly<Record<string, unknown>>,
): readonly Breach[] {
  return [
    ...capabilityBreach(constraints, capability.id),
    ...riskBreach(constraints, capability),
    ...hostBreaches(constraints, capability, inputs),
  ];
}

/** Whether a capability is refused by its name. */
export function capabilityBreach(
  { allowed_capabilities: allowed, denied_capabilities: denied }: Constraints,
  id: string,
): readonly Breach[] {
  const isRefused = matchesAny(denied, id) || (allowed.length > 0 && !matchesAny(allowed, id));
  if (!isRefused) return [];
  return [
    {
      code: "CAPABILITY_REFUSED",
      rule: "quest.capabilities",
      message: `The quest does not allow ${id}.`,
      remedy: "Change allowed_capabilities or denied_capabilities of the quest, or do without it.",
    },
  ];
}

export function riskBreach(
  { max_risk }: Constraints,
  { id, risk }: Pick<CapabilitySpec, "id"> & { readonly risk: { readonly level: string } },
): readonly Breach[] {
  const level = RISKS.findIndex((each) => each === risk.level);
  // What is not known counts as the highest.
  if (max_risk === undefined || (level >= 0 && level <= RISKS.indexOf(max_risk))) return [];
  return [
    {
      code: "RISK_TOO_HIGH",
      rule: "quest.risk",
      message: `${id} is of ${risk.level} risk, and the quest allows ${max_risk} at the most.`,
      remedy: `Raise max_risk to ${risk.level}, or do without it.`,
    },
  ];
}

function hostBreaches(
  { hosts }: Constraints,
  capability: CapabilitySpec,
  inputs: Readonly<Record<string, unknown>>,
): readonly Breach[] {
  if (hosts === undefined) return [];
  const { id, side_effects, network } = capability;
  const refused = (message: string): Breach => ({
    code: "HOST_REFUSED",
    rule: "quest.hosts",
    message,
    remedy: `Add the host to the quest's hosts, which are ${hosts.join(", ") || "none"}.`,
  });
  if (side_effects.includes("system_exec"))
    return [refused(`${id} starts a program, which can reach any host.`)];
  if (!side_effects.some((effect) => effect === "network_read" || effect === "network_write")) return [];
  const known = factsOf({ capability, inputs, workspace: "/", prefix: [] }, []).hosts;
  const declared = (network?.hosts ?? []).filter((host) => !host.includes("*"));
  const reached = known.length > 0 ? known : declared;
  if (reached.length === 0 && hosts.length === 0) return [refused(`${id} reaches the network.`)];
  return reached
    .filter((host) => !isAllowed(host, hosts))
    .map((host) => refused(`${id} would reach ${host}.`));
}

function isAllowed(host: string, allowed: readonly string[]): boolean {
  return allowed.some((each) => {
    const pattern = each.toLowerCase();
    return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
  });
}
