import { RuntimeError } from "../contract/errors.ts";
import type { Lifecycle } from "./state.ts";

/** Every state and where it may go; what is DEPRECATED stays so. */
export const TRANSITIONS: Readonly<Record<Lifecycle, readonly Lifecycle[]>> = {
  PROPOSED: ["ACTIVE", "DEPRECATED"],
  ACTIVE: ["FROZEN", "DEPRECATED"],
  FROZEN: ["ACTIVE", "DEPRECATED"],
  DEPRECATED: [],
};

/** @throws STATE_CONFLICT naming where it may go instead */
export function checkTransition(name: string, from: Lifecycle, to: Lifecycle): void {
  if (TRANSITIONS[from].includes(to)) return;
  const instead = TRANSITIONS[from].length === 0 ? "nothing" : TRANSITIONS[from].join(" or ");
  throw new RuntimeError("STATE_CONFLICT", `${name} is ${from}; it can become ${instead}, not ${to}.`);
}
