import { type CapabilitySpec, type Risk, RISKS } from "../contract/capability.ts";

/** The risk of something that is proposed, as its contract has it, and why. */
export type DerivedRisk = { readonly risk: Risk; readonly reasons: readonly string[] };

type Contract = Pick<
  CapabilitySpec,
  "id" | "operation" | "risk" | "side_effects" | "undo" | "network" | "foreign"
>;

/** What no contract can talk down: the effects, the way back and the hosts decide, and a higher declared risk stands. */
export function deriveRisk({
  id,
  operation,
  risk,
  side_effects,
  undo,
  network,
  foreign,
}: Contract): DerivedRisk {
  const does = (effect: (typeof side_effects)[number]) => side_effects.includes(effect);
  const goesOut = does("network_read") || does("network_write");
  const rules: readonly (readonly [boolean, Risk, string])[] = [
    [undo.kind === "irreversible", "CRITICAL", "cannot be undone"],
    [undo.kind === "compensable", "HIGH", "can be taken back only by another capability"],
    [does("system_exec"), "HIGH", "starts programs"],
    [foreign?.kind === "mcp-stdio", "HIGH", "starts a program that somebody else wrote"],
    [does("network_write"), "HIGH", "changes something on other machines"],
    [operation === "DELETE" || does("filesystem_delete"), "HIGH", "deletes"],
    [
      goesOut && (network?.hosts ?? ["*"]).some(isWide),
      "HIGH",
      "reaches hosts that nobody listed one by one",
    ],
    [does("network_read"), "MEDIUM", "reads from other machines"],
    [does("filesystem_write") || does("state_mutation"), "MEDIUM", "changes files or state"],
    [risk.level !== "LOW", risk.level, `declares ${risk.level} itself`],
  ];
  const met = rules.filter(([applies]) => applies);
  return {
    risk: highest(met.map(([, level]) => level)),
    reasons: met.map(([, level, why]) => `${level}: ${id} ${why}`),
  };
}

/** The risk of several things together. */
export function combineRisks(parts: readonly DerivedRisk[]): DerivedRisk {
  return { risk: highest(parts.map(({ risk }) => risk)), reasons: parts.flatMap(({ reasons }) => reasons) };
}

function highest(levels: readonly Risk[]): Risk {
  return RISKS.findLast((level) => levels.includes(level)) ?? "LOW";
}

function isWide(host: string): boolean {
  return host.includes("*");
}
