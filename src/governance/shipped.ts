import type { EventOf } from "../contract/entry.ts";
import type { Shipped } from "../contract/governance-event.ts";
import { STDLIB } from "../contract/pack.ts";
import type { Principal } from "../contract/principal.ts";
import { type GovernanceState, heldOf, keyOf } from "./state.ts";

/** Who approves what comes with the package: whoever installed it trusts it as a whole. */
export const INSTALLATION: Principal = {
  human: "",
  agent: "",
  session: "",
  service: "installation",
  scopes: [],
};

export function isInstallation({ human, agent, service }: Principal): boolean {
  return human === "" && agent === "" && service === INSTALLATION.service;
}

/** Whether this home has not seen this version of the package yet. */
export function isNewHere(state: GovernanceState, version: string): boolean {
  return !state.governed.has(keyOf({ kind: "pack", name: STDLIB, version }));
}

/**
 * What makes ACTIVE everything that this version of the package brings, and the first human its admin. What somebody
 * froze stays frozen.
 */
export function welcomeEvents(
  state: GovernanceState,
  shipped: readonly Shipped[],
  human: string,
): EventOf<"principal-registered" | "lifecycle-changed">[] {
  const changes = shipped.map(({ subject, ...held }): EventOf<"lifecycle-changed"> => {
    const present = state.governed.get(keyOf(subject))?.lifecycle;
    return {
      type: "lifecycle-changed",
      data: {
        subject,
        from: present ?? "PROPOSED",
        to: present ?? "ACTIVE",
        reason: "It comes with the package.",
        ...heldOf(held),
      },
    };
  });
  if (state.principals.size > 0) return changes;
  return [
    { type: "principal-registered", data: { name: human, person: human, roles: ["admin"] } },
    ...changes,
  ];
}
