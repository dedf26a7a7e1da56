import { CapabilitySpec } from "../src/contract/capability.ts";

/** A complete contract for a test, with what the test is about. */
export function specOf(parts: Partial<CapabilitySpec>): CapabilitySpec {
  return CapabilitySpec.parse({
    id: "test.some.thing",
    version: "1.0.0",
    name: "Test",
    description: "A contract of a test.",
    operation: "READ",
    risk: { level: "CRITICAL", justification: "test" },
    side_effects: ["read_only"],
    undo: { kind: "none" },
    inputs: { type: "object" },
    outputs: { type: "object" },
    ...parts,
  });
}
