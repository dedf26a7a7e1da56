import { type Shipped, STDLIB } from "../contract/governance-event.ts";
import { lockOf, workflowLockOf } from "./locks.ts";
import { packageVersion } from "./package-root.ts";
import type { Registry } from "./registry.ts";

/** The packs that come with the package: its standard library as a whole, and those whose files say ACTIVE. */
export function shippedWith(registry: Registry): Shipped[] {
  const stdlib = registry.capabilities().filter(({ origin }) => origin !== "registered");
  const packs = registry.packs().filter(({ spec, isRunnable }) => spec.state === "ACTIVE" && isRunnable);
  return [
    {
      subject: { kind: "pack", name: STDLIB, version: packageVersion() },
      locks: stdlib.map(lockOf),
      workflows: [],
    },
    ...packs.map(({ spec }) => ({
      subject: { kind: "pack" as const, name: spec.name, version: spec.version },
      locks: spec.includes.capabilities.map((id) => lockOf(registry.capability(id))),
      workflows: spec.includes.workflows.map((name) => workflowLockOf(registry.workflow(name))),
    })),
  ];
}
