import type { CapabilitySpec } from "../contract/capability.ts";
import type { StepSpec } from "../contract/workflow.ts";
import { lookUp } from "../kernel/look-up.ts";
import type { Registry } from "../kernel/registry.ts";

/** What a step that runs a capability names as its capability: `id` or `id@range`. A faulty step may name none. */
export function capabilityOf({ capability_name = "" }: StepSpec): string {
  return capability_name;
}

/** The contract of a capability, where this installation has a valid one. */
export function contractIfKnown(
  registry: Pick<Registry, "capability">,
  name: string,
): CapabilitySpec | undefined {
  const result = lookUp(() => registry.capability(name).spec);
  return "found" in result ? result.found : undefined;
}
