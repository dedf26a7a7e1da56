import { type CapabilitySpec, ObjectSchema } from "../contract/capability.ts";
import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import { readSpec } from "../contract/parse-spec.ts";
import type { FacadeSpec } from "../contract/pack.ts";
import type { Principal } from "../contract/principal.ts";
import type { LoadedCapability } from "../kernel/capabilities.ts";
import type { Kernel } from "../kernel/invoke.ts";
import { lockOf, workflowLockOf } from "../kernel/locks.ts";
import { lookUp } from "../kernel/look-up.ts";
import { capabilitiesOf, type WorkflowFile } from "../kernel/packs.ts";
import { passFacade } from "../workflow/pass-facade.ts";

/** A workflow that a goal may mean, with the capabilities that its steps name. */
export type KnownWorkflow = {
  readonly file: WorkflowFile;
  readonly capabilities: readonly LoadedCapability[];
  /** What a run of it takes; where it does not say, anything by name. */
  readonly inputs: CapabilitySpec["inputs"] | undefined;
};

export type KnownFacade = { readonly spec: FacadeSpec; readonly workflow: string };

/** Everything that goals can mean: what one principal reaches through ACTIVE packs and facades at this moment. */
export type Catalogue = {
  readonly capabilities: ReadonlyMap<string, LoadedCapability>;
  readonly workflows: ReadonlyMap<string, KnownWorkflow>;
  readonly facades: readonly KnownFacade[];
  /** Why something that exists here is not reached, by `kind name`. */
  readonly withheld: ReadonlyMap<string, string>;
  readonly digest: string;
};

type Known = Pick<Kernel, "registry" | "reach" | "environment">;

/** @throws SPEC_INVALID, ASSETS_INCOMPLETE */
export async function readCatalogue(kernel: Known, principal: Principal): Promise<Catalogue> {
  const withheld = new Map<string, string>();
  const reached = async <Found>(name: string, reach: () => Promise<Found>): Promise<Found | undefined> => {
    try {
      return await reach();
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      withheld.set(name, error.message);
      return undefined;
    }
  };
  const capabilities = new Map<string, LoadedCapability>();
  for (const id of kernel.registry.capabilityIds()) {
    const loaded = await reached(`capability ${id}`, () => reachCapability(kernel, principal, id));
    if (loaded !== undefined) capabilities.set(id, loaded);
  }
  const workflows = new Map<string, KnownWorkflow>();
  for (const { name } of kernel.registry.workflows()) {
    const found = await reached(`workflow ${name}`, () => reachWorkflow(kernel, principal, name));
    if (found !== undefined) workflows.set(name, found);
  }
  const facades: KnownFacade[] = [];
  for (const { spec } of kernel.registry.facades()) {
    const passed = await reached(`facade ${spec.name}`, () => passFacade(kernel, principal, spec.name, ""));
    if (passed !== undefined && workflows.has(passed.workflow))
      facades.push({ spec, workflow: passed.workflow });
  }
  return {
    capabilities,
    workflows,
    facades,
    withheld,
    digest: digestOfAll(capabilities, workflows, facades),
  };
}

async function reachCapability(
  { registry, reach }: Known,
  principal: Principal,
  id: string,
): Promise<LoadedCapability> {
  const loaded = registry.capability(id);
  const runStartedAt = new Date().toISOString();
  await reach.capability({ found: lockOf(loaded), role: "step", runStartedAt, principal });
  if (!loaded.hasHandler) throw new RuntimeError("CAPABILITY_UNKNOWN", `${id} has no code here.`);
  return loaded;
}

async function reachWorkflow(kernel: Known, principal: Principal, name: string): Promise<KnownWorkflow> {
  const file = kernel.registry.workflow(name);
  await kernel.reach.workflow(workflowLockOf(file), principal);
  const capabilities: LoadedCapability[] = [];
  for (const each of new Set(capabilitiesOf(file)))
    capabilities.push(await reachCapability(kernel, principal, each));
  const { value } = readSpec(file.text, file.file);
  const declared = ObjectSchema.safeParse(isObject(value) ? value["inputs"] : undefined, { jitless: true });
  return { file, capabilities, inputs: declared.success ? declared.data : undefined };
}

function digestOfAll(
  capabilities: Catalogue["capabilities"],
  workflows: Catalogue["workflows"],
  facades: Catalogue["facades"],
): string {
  return digestOf({
    capabilities: [...capabilities].map(([id, { specHash }]) => [id, specHash]),
    workflows: [...workflows].map(([name, { file }]) => [name, workflowLockOf(file).specHash]),
    facades: facades.map(({ spec, workflow }) => [digestOf(spec), workflow]),
  });
}

/** The reached capability that `id` or `id@range` names, and no other version of it. */
export function capabilityIn(
  { capabilities }: Catalogue,
  reference: string,
  registry: Known["registry"],
): LoadedCapability | undefined {
  const result = lookUp(() => registry.capability(reference));
  if ("error" in result) return undefined;
  const known = capabilities.get(result.found.spec.id);
  return known?.specHash === result.found.specHash ? known : undefined;
}
