import { digestOf } from "../../src/contract/digest.ts";
import { INSTALLATION } from "../../src/governance/shipped.ts";
import { approvalRolesOf, workflowLockOf } from "../../src/kernel/locks.ts";
import { packLockOf, packsOfRoutes } from "../../src/kernel/route-facade.ts";
import type { Runtime } from "../../src/index.ts";

/**
 * Makes a pack ACTIVE whose workflows use capabilities that the program brings, and the facades that lead to it; as
 * their approved proposals would.
 */
export async function makeActive({ homeLedger, registry }: Runtime, pack: string): Promise<void> {
  const { spec } = registry.pack(pack);
  const move = { from: "PROPOSED", to: "ACTIVE", reason: "test" } as const;
  await homeLedger.append(INSTALLATION, {
    type: "lifecycle-changed",
    data: {
      ...move,
      subject: { kind: "pack", name: spec.name, version: spec.version },
      locks: [],
      workflows: spec.includes.workflows.map((name) => workflowLockOf(registry.workflow(name))),
      specHash: digestOf(spec),
      principals: spec.governance?.principals,
      approvalRoles: approvalRolesOf(spec)?.slice(),
    },
  });
  for (const facade of registry.facades()) {
    const packs = packsOfRoutes(registry, facade.spec.routes);
    if (!packs.some((each) => each.spec.name === pack)) continue;
    const { name, version } = facade.spec;
    await homeLedger.append(INSTALLATION, {
      type: "lifecycle-changed",
      data: {
        ...move,
        subject: { kind: "facade", name, version },
        locks: [],
        workflows: [],
        specHash: digestOf(facade.spec),
        packs: packs.map(packLockOf),
      },
    });
  }
}
