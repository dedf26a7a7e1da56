import { statSync } from "node:fs";

import type { ProposalSpec } from "../contract/pack.ts";
import type { Assets } from "./assets.ts";
import {
  type Handlers,
  type LoadedCapability,
  openCapabilities,
  type RegisteredCapability,
} from "./capabilities.ts";
import { type FacadeMatches, rankFacades } from "./match-facades.ts";
import {
  findWorkflowFile,
  type LoadedFacade,
  type LoadedPack,
  loadFacades,
  loadPacks,
  loadProposals,
  loadWorkflowFiles,
  type WorkflowFile,
} from "./packs.ts";

/** Everything that specs define. A spec is read when it is first asked for, and then kept. */
export type Registry = {
  /**
   * The capability that `id` or `id@range` names; without a range its newest release.
   *
   * @throws CAPABILITY_UNKNOWN, PROPOSAL_NOT_EXECUTABLE, SPEC_INVALID; INPUT_INVALID for a range that is none
   */
  readonly capability: (reference: string) => LoadedCapability;
  /** Every version of every capability, by id, newest first. @throws SPEC_INVALID */
  readonly capabilities: () => LoadedCapability[];
  /** The ids that `capability` knows. */
  readonly capabilityIds: () => string[];
  /** External capabilities that somebody proposes; never executable. @throws SPEC_INVALID */
  readonly proposals: () => readonly ProposalSpec[];
  /** @throws SPEC_INVALID */
  readonly packs: () => readonly LoadedPack[];
  /** @throws SPEC_INVALID */
  readonly facades: () => readonly LoadedFacade[];
  /** The workflow with that name or workflow_id. @throws WORKFLOW_UNKNOWN; ALREADY_EXISTS where two files have it */
  readonly workflow: (name: string) => WorkflowFile;
  readonly workflows: () => readonly WorkflowFile[];
  /** The facades that answer an intent, best first, and those among which somebody has to choose. */
  readonly matchFacades: (intent: string) => FacadeMatches;
};

export type RegistryOptions = {
  readonly assets: Assets;
  readonly handlers: Handlers;
  readonly extra?: readonly RegisteredCapability[];
};

/** A registry of the assets, of the code that belongs to them, and of capabilities defined in code. @throws ALREADY_EXISTS, SPEC_INVALID */
export function createRegistry({ assets, handlers, extra = [] }: RegistryOptions): Registry {
  const capabilities = openCapabilities(assets, handlers);
  for (const capability of extra) capabilities.register(capability);
  const proposals = once(() => loadProposals(assets));
  const packs = once(() => loadPacks(assets, capabilities));
  const facades = once(() => loadFacades(assets));
  const workflows = once(() => loadWorkflowFiles(assets));
  return {
    capability: capabilities.get,
    capabilities: capabilities.all,
    capabilityIds: capabilities.ids,
    proposals,
    packs,
    facades,
    workflow: rememberWhileUnchanged((name) => findWorkflowFile(assets, name)),
    workflows,
    matchFacades: (intent) => rankFacades(facades(), intent),
  };
}

function once<Result>(load: () => Result): () => Result {
  let loaded: { readonly result: Result } | undefined;
  return () => (loaded ??= { result: load() }).result;
}

/** The file that a name led to is read again only when it was changed. */
function rememberWhileUnchanged(find: (name: string) => WorkflowFile): (name: string) => WorkflowFile {
  const known = new Map<string, { readonly found: WorkflowFile; readonly mark: string }>();
  return (name) => {
    const last = known.get(name);
    if (last !== undefined && markOf(last.found.file) === last.mark) return last.found;
    const found = find(name);
    known.set(name, { found, mark: markOf(found.file) });
    return found;
  };
}

function markOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.ino}:${stat.mtimeMs}:${stat.size}`;
}
