import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";

import type { CapabilitySpec, Risk } from "../contract/capability.ts";
import { digestOf } from "../contract/digest.ts";
import { fromSystem, RuntimeError } from "../contract/errors.ts";
import type { Held, Subject } from "../contract/governance-event.ts";
import { FacadeSpec, ProposalSpec } from "../contract/pack.ts";
import { checkSpec, readSpec } from "../contract/parse-spec.ts";
import { examinePack } from "./examine-pack.ts";
import { loadCapability } from "./load-capability.ts";
import { lockOf } from "./locks.ts";
import { lookUp } from "./look-up.ts";
import { NO_CODE, type PackFiles, readPackDirectory } from "./pack-files.ts";
import { capabilitiesOf } from "./packs.ts";
import type { Registry } from "./registry.ts";
import { packLockOf, packsOfRoutes } from "./route-facade.ts";
import { kindOfSpec } from "./spec-kind.ts";

/** Of a contract only what tells how dangerous it is. */
export type Hazard = Pick<
  CapabilitySpec,
  "id" | "operation" | "risk" | "side_effects" | "undo" | "network" | "foreign"
>;

/** What there is already, and the directory of what came after the package. */
export type Here = { readonly registry: Registry; readonly installed: string };

/** What somebody proposes, as the runtime read it. */
export type Examined = {
  readonly subject: Subject;
  readonly source: "internal" | "third_party";
  readonly held: Held;
  /** As a pack declares it; what its contracts tell can only raise it. */
  readonly declared?: Risk | undefined;
  /** Of everything that could run through it. */
  readonly hazards: readonly Hazard[];
  readonly content: ProposedContent;
};

/** The files themselves are recorded, so that what is installed later is what was approved. */
export type ProposedContent = {
  readonly files: PackFiles;
  readonly signedBy?: string;
  readonly imported?: Imported;
};

/** What an import found on the other side, and made of it. All texts are made visible already. */
export type Imported = {
  readonly from: string;
  readonly tools: readonly {
    readonly capability: string;
    readonly name: string;
    readonly notes: readonly string[];
    readonly claims: readonly string[];
  }[];
  readonly refused: readonly { readonly name: string; readonly why: string }[];
};

const MAX_BYTES = 1024 * 1024;

/**
 * What a spec file, or the directory of a pack, proposes. `key`: the verifier key that a pack must be signed with.
 *
 * @throws SPEC_INVALID, FILE_NOT_FOUND, LIMIT_EXCEEDED; CAPABILITY_UNKNOWN, WORKFLOW_UNKNOWN, PROPOSAL_NOT_EXECUTABLE
 * for what a pack includes; ALREADY_EXISTS for a name that belongs to something else; INPUT_INVALID for a workflow alone
 */
export function examine(here: Here, path: string, key?: string): Examined {
  const { registry } = here;
  if (isDirectory(path)) return examinePack(here, path, readPackDirectory(path), key);
  const text = readText(path);
  const source = readSpec(text, path);
  const kind = kindOfSpec(source);
  switch (kind) {
    case "workflow":
      throw new RuntimeError(
        "INPUT_INVALID",
        `${path} is a workflow; propose the directory of a pack that includes it.`,
      );
    case "pack":
      return examinePack(here, path, { [`pack.${path.split(".").at(-1)}`]: text }, key);
    case "capability":
      return examineCapability(registry, loadCapability(text, path), text, path);
    case "facade":
      return examineFacade(registry, checkSpec(source, FacadeSpec), text, path);
    case "proposal":
      return examineOlder(checkSpec(source, ProposalSpec), text, path);
    default:
      return kind satisfies never;
  }
}

function examineCapability(registry: Registry, spec: CapabilitySpec, text: string, path: string): Examined {
  const specHash = digestOf(spec);
  const known = lookUp(() => registry.capability(`${spec.id}@${spec.version}`));
  const isHere = "found" in known && known.found.specHash === specHash;
  const unknown = { capability: spec.id, version: spec.version, specHash, handlerHash: NO_CODE };
  return {
    subject: { kind: "capability", name: spec.id, version: spec.version },
    source: "internal",
    held: { locks: [isHere ? lockOf(known.found) : unknown], workflows: [], specHash },
    hazards: [spec],
    content: { files: { [basename(path)]: text } },
  };
}

function examineFacade(registry: Registry, spec: FacadeSpec, text: string, path: string): Examined {
  const packs = packsOfRoutes(registry, spec.routes);
  if (packs.length === 0)
    throw new RuntimeError("SUBJECT_UNKNOWN", `${path}: no pack that it leads to exists here.`);
  const ids = packs.flatMap(({ spec: { includes } }) => [
    ...includes.capabilities,
    ...includes.workflows.flatMap((name) => capabilitiesOf(registry.workflow(name))),
  ]);
  return {
    subject: { kind: "facade", name: spec.name, version: spec.version },
    source: "internal",
    held: { locks: [], workflows: [], specHash: digestOf(spec), packs: packs.map(packLockOf) },
    hazards: [...new Set(ids)].map((id) => registry.capability(id).spec),
    content: { files: { "facade.yaml": text } },
  };
}

/** What the older system called an external capability: it can be approved, and never runs. */
function examineOlder(spec: ProposalSpec, text: string, path: string): Examined {
  const { id, version } = spec.meta;
  const { endpoint_url: url, method = "POST" } = spec.adapter.config;
  const isRead = /^(get|head)$/i.test(method);
  const hazard: Hazard = {
    id,
    operation: "NETWORK",
    risk: { level: "LOW", justification: spec.proposal.rationale, requires_approval: false },
    side_effects: [isRead ? "network_read" : "network_write"],
    undo: { kind: isRead ? "none" : "irreversible" },
    network: { hosts: [url === undefined ? "*" : new URL(url).host] },
  };
  return {
    subject: { kind: "capability", name: id, version },
    source: "third_party",
    held: { locks: [], workflows: [], specHash: digestOf(spec) },
    hazards: [hazard],
    content: { files: { [basename(path)]: text } },
  };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw fromSystem(error, `"${path}"`);
  }
}

function readText(path: string): string {
  if (statSync(path).size > MAX_BYTES)
    throw new RuntimeError("LIMIT_EXCEEDED", `"${path}" has more than ${MAX_BYTES} bytes.`);
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fromSystem(error, `"${path}"`);
  }
}
