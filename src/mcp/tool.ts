import type { Tool } from "@modelcontextprotocol/server";

import { type CapabilitySpec, RISKS } from "../contract/capability.ts";
import { visible } from "../kernel/consent.ts";
import type { Offer } from "../workflow/offers.ts";

const MAX_DESCRIPTION = 2000;

/** An offer as clients see it. Its annotations follow from the contracts of everything that it can run. */
export function toolOf(offer: Offer): Tool {
  const { name, kind, description, inputs, outputs, contracts, phrases } = offer;
  const asked = phrases.length === 0 ? "" : `\nAsked for as: ${phrases.join("; ")}`;
  return {
    name,
    description: lines(`${description}${asked}\n${riskOf(contracts)}`),
    inputSchema: { ...inputs, type: "object" },
    // What a facade gives depends on its workflow; what a capability gives is its contract.
    ...(kind === "capability" && outputs !== null ? { outputSchema: { ...outputs, type: "object" } } : {}),
    annotations: {
      title: name,
      readOnlyHint: contracts.every(isReading),
      destructiveHint: contracts.some(destroys),
      idempotentHint: contracts.every(({ idempotent }) => idempotent),
      openWorldHint: contracts.some(reachesOut),
    },
  };
}

function riskOf(contracts: readonly CapabilitySpec[]): string {
  const risk = RISKS.findLast((level) => contracts.some((spec) => spec.risk.level === level)) ?? "LOW";
  const isUndoable = contracts.every(({ undo }) => undo.kind === "none" || undo.kind === "reversible");
  return `Risk ${risk}; ${isUndoable ? "what it changes can be undone" : "not all of it can be undone"}.`;
}

function isReading({ side_effects: effects }: CapabilitySpec): boolean {
  return effects.every((effect) => READING.has(effect));
}

const READING: ReadonlySet<string> = new Set(["read_only", "filesystem_read", "network_read"]);

function destroys({ operation, undo }: CapabilitySpec): boolean {
  return operation === "DELETE" || undo.kind === "irreversible" || undo.kind === "compensable";
}

function reachesOut({ side_effects: effects }: CapabilitySpec): boolean {
  return effects.some(
    (effect) => effect === "network_read" || effect === "network_write" || effect === "system_exec",
  );
}

/** Whoever wrote it, no character of it is hidden. */
function lines(text: string): string {
  return text.split("\n").map(visible).join("\n").slice(0, MAX_DESCRIPTION);
}
