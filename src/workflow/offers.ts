import type { CapabilitySpec } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import type { Principal } from "../contract/principal.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import type { Kernel } from "../kernel/invoke.ts";
import { lockOf, workflowLockOf } from "../kernel/locks.ts";
import type { LoadedFacade, LoadedPack } from "../kernel/packs.ts";
import { packLockOf } from "../kernel/route-facade.ts";
import { usesOf } from "./check-capabilities.ts";
import { loadWorkflow } from "./load-workflow.ts";
import { passFacade } from "./pass-facade.ts";

type Schema = Readonly<Record<string, unknown>>;

/** Something that a principal may ask for now: a facade, or a capability that its pack offers by itself. */
export type Offer = {
  /** Of the facade, or the capability's id. */
  readonly name: string;
  readonly kind: "facade" | "capability";
  readonly description: string;
  /** What `run` takes: the workflow of the facade, or the capability. */
  readonly target: string;
  /** JSON Schema 2020-12 of an object. */
  readonly inputs: Schema;
  /** Of a capability. */
  readonly outputs: Schema | null;
  /** Of everything that it can run. */
  readonly contracts: readonly CapabilitySpec[];
  /** How people ask for it. */
  readonly phrases: readonly string[];
};

type Chain = Pick<Kernel, "registry" | "reach" | "environment" | "now">;

/** Everything that a principal may ask for now, by name; what is not ACTIVE, or somebody else's, is not there. */
export async function listOffers(chain: Chain, principal: Principal): Promise<readonly Offer[]> {
  const { registry } = chain;
  const facades = [...new Set(registry.facades().map(({ spec }) => spec.name))].map((name) =>
    registry.facade(name),
  );
  const found = await Promise.all([
    ...facades.map((facade) => ifReached(() => offerFacade(chain, principal, facade))),
    ...registry.packs().map((pack) => ifReached(() => offersOfPack(chain, principal, pack))),
  ]);
  const byName = new Map(found.flatMap((offers = []) => offers).map((offer) => [offer.name, offer]));
  return [...byName.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** One of them, by its name; found without looking at the others. */
export async function findOffer(
  chain: Chain,
  principal: Principal,
  name: string,
): Promise<Offer | undefined> {
  const { registry } = chain;
  for (const pack of registry.packs()) {
    if (!offeredBy(pack).includes(name)) continue;
    const isReached = (await ifReached(() => chain.reach.pack(packLockOf(pack), principal))) !== undefined;
    const offer = isReached ? await ifReached(() => offerCapability(chain, principal, name)) : undefined;
    if (offer !== undefined) return offer;
  }
  if (!registry.facades().some(({ spec }) => spec.name === name)) return undefined;
  const found = await ifReached(() => offerFacade(chain, principal, registry.facade(name)));
  return found?.[0];
}

/** @throws NOT_ACTIVE, DRIFTED, SUSPENDED, NOT_AUTHORIZED, SUBJECT_UNKNOWN, WORKFLOW_UNKNOWN, SPEC_INVALID, USAGE */
async function offerFacade(chain: Chain, principal: Principal, { spec }: LoadedFacade): Promise<Offer[]> {
  const { registry, reach } = chain;
  const { workflow } = await passFacade(chain, principal, spec.name, "");
  const file = registry.workflow(workflow);
  await reach.workflow(workflowLockOf(file), principal);
  const loaded = await loadWorkflow(file.text, file.file, registry);
  const uses = [loaded.spec, ...Object.values(loaded.subSpecs)].flatMap(usesOf);
  const ids = [...new Set(uses.map(({ capability }) => capability))];
  const offer: Offer = {
    name: spec.name,
    kind: "facade",
    description: spec.description.trim(),
    target: workflow,
    inputs: inputsOf(loaded.spec),
    outputs: null,
    contracts: ids.map((id) => registry.capability(id).spec),
    phrases: [...spec.triggers, ...spec.examples.map(({ user }) => user)],
  };
  return [offer];
}

function offeredBy({
  spec: { offered_capabilities: offered = [], includes },
}: LoadedPack): readonly string[] {
  return offered.filter((id) => includes.capabilities.includes(id));
}

/** What the pack includes and offers. @throws as for a facade */
async function offersOfPack(chain: Chain, principal: Principal, pack: LoadedPack): Promise<Offer[]> {
  const ids = offeredBy(pack);
  if (ids.length === 0) return [];
  await chain.reach.pack(packLockOf(pack), principal);
  const found = await Promise.all(ids.map((id) => ifReached(() => offerCapability(chain, principal, id))));
  return found.filter((offer) => offer !== undefined);
}

/** @throws NOT_ACTIVE, DRIFTED, SUSPENDED, NOT_AUTHORIZED, CAPABILITY_UNKNOWN, PROPOSAL_NOT_EXECUTABLE, SPEC_INVALID */
async function offerCapability(
  { registry, reach, now }: Chain,
  principal: Principal,
  id: string,
): Promise<Offer> {
  const loaded = registry.capability(id);
  const runStartedAt = new Date(now()).toISOString();
  await reach.capability({ found: lockOf(loaded), role: "step", principal, runStartedAt });
  const { spec } = loaded;
  return {
    name: id,
    kind: "capability",
    description: spec.description.trim(),
    target: id,
    inputs: spec.inputs,
    outputs: spec.outputs,
    contracts: [spec],
    phrases: [],
  };
}

/** What is not reached is not there for this principal; that the ledger cannot be read is another matter. */
async function ifReached<Found>(look: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof RuntimeError && !error.code.startsWith("LEDGER_")) return undefined;
    throw error;
  }
}

/** What a run of a workflow takes: as the workflow declares it; else its initial state, each of whose members an input may replace. */
export function inputsOf({ inputs, initial_state: state }: WorkflowSpec): Schema {
  if (inputs !== undefined) return inputs;
  const properties = Object.entries(state).map(([name, value]) => [
    name,
    { ...typeOf(value), default: value },
  ]);
  return { type: "object", properties: Object.fromEntries(properties), additionalProperties: true };
}

function typeOf(value: unknown): Schema {
  if (Array.isArray(value)) return { type: "array" };
  if (isObject(value)) return { type: "object" };
  return ["string", "number", "boolean"].includes(typeof value) ? { type: typeof value } : {};
}
