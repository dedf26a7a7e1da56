import type { CapabilitySpec } from "./capability.ts";
import { RuntimeError } from "./errors.ts";

/** Methods that ask, and methods that change something. There are no others. */
export const READS: readonly string[] = ["GET", "HEAD", "OPTIONS"];
export const WRITES: readonly string[] = ["POST", "PUT", "PATCH", "DELETE"];

/** Compares a method, in capitals, with what the contract declares. @throws EFFECT_UNDECLARED */
export function checkDeclared(spec: CapabilitySpec, method: string): void {
  const effect = READS.includes(method) ? "network_read" : "network_write";
  if (!spec.side_effects.includes(effect))
    throw new RuntimeError("EFFECT_UNDECLARED", `${spec.id} sends ${method} without declaring ${effect}.`, {
      details: { effect },
    });
}
