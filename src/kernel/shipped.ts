import { digestOf } from "../contract/digest.ts";
import type { Shipped } from "../contract/governance-event.ts";
import { STDLIB } from "../contract/pack.ts";
import type { Assets } from "./assets.ts";
import { approvalRolesOf, lockOf, workflowLockOf } from "./locks.ts";
import { packageVersion } from "./package-root.ts";
import { createRegistry } from "./registry.ts";
import { packLockOf, packsOfRoutes } from "./route-facade.ts";

/**
 * The packs and facades that come with the package: its standard library as a whole, and those whose files say ACTIVE.
 * What was installed later is not among them, whatever it says.
 */
export function shippedWith(assets: Assets): Shipped[] {
  const registry = createRegistry({ assets, handlers: {} });
  const packs = registry.packs().filter(({ spec, isRunnable }) => spec.state === "ACTIVE" && isRunnable);
  const facades = registry.facades().filter(({ spec }) => spec.state === "ACTIVE");
  return [
    {
      subject: { kind: "pack", name: STDLIB, version: packageVersion() },
      locks: registry.capabilities().map(lockOf),
      workflows: [],
    },
    ...packs.map(({ spec }) => ({
      subject: { kind: "pack" as const, name: spec.name, version: spec.version },
      locks: spec.includes.capabilities.map((id) => lockOf(registry.capability(id))),
      workflows: spec.includes.workflows.map((name) => workflowLockOf(registry.workflow(name))),
      specHash: digestOf(spec),
      principals: spec.governance?.principals,
      approvalRoles: approvalRolesOf(spec),
    })),
    ...facades.map(({ spec }) => ({
      subject: { kind: "facade" as const, name: spec.name, version: spec.version },
      locks: [],
      workflows: [],
      specHash: digestOf(spec),
      packs: packsOfRoutes(registry, spec.routes).map(packLockOf),
    })),
  ];
}
