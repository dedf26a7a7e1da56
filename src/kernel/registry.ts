import { join, sep } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import { suggest } from "../contract/nearest.ts";
import { oncePerTurn } from "../contract/once-per-turn.ts";
import type { ProposalSpec } from "../contract/pack.ts";
import type { Assets } from "./assets.ts";
import {
  type Additions,
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
import { markOf } from "./spec-files.ts";
import { compareVersions } from "./version-range.ts";

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
  /** The pack of that name or pack_id: the ACTIVE version, else the newest. @throws SUBJECT_UNKNOWN, SPEC_INVALID */
  readonly pack: (name: string) => LoadedPack;
  /** The facade of that name, chosen in the same way. @throws SUBJECT_UNKNOWN, SPEC_INVALID */
  readonly facade: (name: string) => LoadedFacade;
  /** The workflow with that name or workflow_id. @throws WORKFLOW_UNKNOWN; ALREADY_EXISTS where two files have it */
  readonly workflow: (name: string) => WorkflowFile;
  readonly workflows: () => readonly WorkflowFile[];
  /** The facades that answer an intent, best first, and those among which somebody has to choose. */
  readonly matchFacades: (intent: string, among?: readonly LoadedFacade[]) => FacadeMatches;
};

export type RegistryOptions = {
  readonly assets: Assets;
  readonly handlers: Handlers;
  readonly extra?: readonly RegisteredCapability[];
  readonly additions?: Additions;
};

/** A registry of the assets, of the code that belongs to them, and of capabilities defined in code. @throws ALREADY_EXISTS, SPEC_INVALID */
export function createRegistry({ assets, handlers, extra = [], additions }: RegistryOptions): Registry {
  const capabilities = openCapabilities(assets, handlers, additions);
  for (const capability of extra) capabilities.register(capability);
  const keep = keepUntilInstalled(additions);
  const proposals = keep(() => loadProposals(assets));
  const packs = keep(() => loadPacks(assets, capabilities, additions));
  const facades = keep(() => loadFacades(assets, additions));
  const workflows = keep(() => loadWorkflowFiles(assets, additions));
  /** The ACTIVE version goes first, then the newest. */
  const preferred = <Item extends { readonly spec: { readonly name: string; readonly version: string } }>(
    kind: "pack" | "facade",
    items: readonly Item[],
  ): Item | undefined => {
    const rank = ({ spec: { name, version } }: Item): number =>
      additions?.standing.isActive({ kind, name, version }) === true ? 1 : 0;
    return items.toSorted((a, b) => rank(b) - rank(a) || compareVersions(b.spec.version, a.spec.version))[0];
  };
  const facade = (name: string): LoadedFacade => {
    const found = preferred(
      "facade",
      facades().filter(({ spec }) => spec.name === name),
    );
    if (found !== undefined) return found;
    const names = facades().map(({ spec }) => spec.name);
    throw new RuntimeError(
      "SUBJECT_UNKNOWN",
      `There is no facade "${name.slice(0, 100)}"${suggest(name, names) || "."}`,
    );
  };
  const pack = (name: string): LoadedPack => {
    const found = preferred(
      "pack",
      packs().filter(({ spec }) => spec.name === name || spec.pack_id === name),
    );
    if (found !== undefined) return found;
    const names = packs().map(({ spec }) => spec.name);
    throw new RuntimeError(
      "SUBJECT_UNKNOWN",
      `There is no pack "${name.slice(0, 100)}"${suggest(name, names) || "."}`,
    );
  };
  return {
    capability: capabilities.get,
    capabilities: capabilities.all,
    capabilityIds: capabilities.ids,
    proposals,
    packs,
    facades,
    pack,
    facade,
    workflow: rememberWhileUnchanged((name) => findWorkflowFile(assets, name, additions), additions),
    workflows,
    matchFacades: (intent, among = facades()) => rankFacades(among, intent),
  };
}

/** What was loaded is kept until something is installed or goes. */
function keepUntilInstalled(additions: Additions | undefined) {
  const markNow = oncePerTurn(() =>
    additions === undefined
      ? ""
      : ["packs", "facades"].map((part) => markOf(join(additions.directory, part))).join(),
  );
  return <Result>(load: () => Result): (() => Result) => {
    let loaded: { readonly result: Result; readonly mark: string } | undefined;
    return () => {
      const mark = markNow();
      if (loaded?.mark !== mark) loaded = { result: load(), mark };
      return loaded.result;
    };
  };
}

/**
 * The file that a name led to is read again only when it was changed. One of an installed pack is looked up each time:
 * another pack may have become ACTIVE.
 */
function rememberWhileUnchanged(
  find: (name: string) => WorkflowFile,
  additions: Additions | undefined,
): (name: string) => WorkflowFile {
  const known = new Map<string, { readonly found: WorkflowFile; readonly mark: string }>();
  return (name) => {
    const last = known.get(name);
    if (last !== undefined && markOf(last.found.file) === last.mark) return last.found;
    const found = find(name);
    const isInstalled = additions !== undefined && found.file.startsWith(`${additions.directory}${sep}`);
    if (!isInstalled) known.set(name, { found, mark: markOf(found.file) });
    return found;
  };
}
