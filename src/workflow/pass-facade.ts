import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import type { Kernel } from "../kernel/invoke.ts";
import { packLockOf, packsOfRoutes, workflowOfFacade } from "../kernel/route-facade.ts";

/**
 * The workflow that a facade leads to, and the facade as `name@version`; the workflow itself is still to be reached.
 * `wanted`: one of several, or empty.
 *
 * @throws SUBJECT_UNKNOWN, WORKFLOW_UNKNOWN, USAGE; NOT_ACTIVE, DRIFTED, SUSPENDED for a facade that is not as it was
 * approved, or does not support the environment of this installation
 */
export async function passFacade(
  { registry, reach, environment }: Pick<Kernel, "registry" | "reach" | "environment">,
  principal: Principal,
  name: string,
  wanted: string,
): Promise<{ readonly workflow: string; readonly facade: string }> {
  const { spec } = registry.facade(name);
  const subject = { kind: "facade", name: spec.name, version: spec.version } as const;
  const { requires_pack_active, supported_environments } = spec.constraints;
  const workflow = workflowOfFacade(registry, spec, wanted);
  const facade = await reach.facade({
    facade: subject,
    specHash: digestOf(spec),
    packs: packsOfRoutes(registry, spec.routes).map(packLockOf),
    requiresPackActive: requires_pack_active,
    workflow,
    principal,
  });
  if (supported_environments.length > 0 && !supported_environments.includes(environment))
    throw new RuntimeError(
      "NOT_ACTIVE",
      `The facade ${facade} is for ${supported_environments.join(", ")}; this installation is "${environment}" (AI_FIRST_ENVIRONMENT).`,
    );
  return { workflow, facade };
}
