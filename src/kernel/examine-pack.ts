import { basename, join, sep } from "node:path";

import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Lock, WorkflowLock } from "../contract/governance-event.ts";
import { PackSpec } from "../contract/pack.ts";
import { parseSpec } from "../contract/parse-spec.ts";
import type { Examined, Hazard, Here } from "./examine.ts";
import { loadCapability } from "./load-capability.ts";
import { approvalRolesOf, lockOf, workflowLockOf } from "./locks.ts";
import { lookUp } from "./look-up.ts";
import {
  capabilityFilesOf,
  handlerHashIn,
  NO_CODE,
  type PackFile,
  packFileOf,
  type PackFiles,
  strayHandlersIn,
  workflowFilesOf,
} from "./pack-files.ts";
import { verifyPack } from "./pack-lock.ts";
import { capabilitiesOf, describeWorkflow, type WorkflowFile } from "./packs.ts";
import type { Registry } from "./registry.ts";

type Own = { readonly lock: Lock; readonly hazard: Hazard };

/** What a pack proposes: its own files, and what it includes of what is here. @throws as `examine` */
export function examinePack(home: Here, path: string, files: PackFiles, key?: string): Examined {
  const { registry } = home;
  const signedBy = verifyPack(files, key);
  const packFile = packFileOf(files);
  if (packFile === undefined) throw invalid(path, "there is no pack.yaml");
  const [declaring, declaration] = packFile;
  const spec = parseSpec(declaration, join(path, declaring), PackSpec).value;
  const [stray] = strayHandlersIn(files);
  if (stray !== undefined) throw invalid(path, `${stray} is the handler of no capability in capabilities/`);

  const own = new Map(
    capabilityFilesOf(files).map((file) => {
      const found = ownCapability(registry, path, files, file, spec.name);
      return [found.hazard.id, found] as const;
    }),
  );
  const workflows = new Map(
    workflowFilesOf(files).map(([file, text]) => {
      const stem = basename(file).replace(/\.[a-z]+$/, "");
      const workflow = describeWorkflow(text, join(path, file), stem);
      requireFree(home, workflow);
      return [workflow.name, workflow] as const;
    }),
  );
  const idle = [...workflows.keys()].find((name) => !spec.includes.workflows.includes(name));
  if (idle !== undefined) throw invalid(path, `it does not include its own workflow ${idle}`);

  const included = [...new Set([...spec.includes.capabilities, ...own.keys()])];
  const flows = spec.includes.workflows.map((name) => workflows.get(name) ?? registry.workflow(name));
  const named = flows.flatMap(capabilitiesOf).filter((id) => !included.includes(id));
  return {
    subject: { kind: "pack", name: spec.name, version: spec.version },
    source: own.size > 0 || signedBy !== undefined ? "third_party" : "internal",
    held: {
      locks: included.map((id) => own.get(id)?.lock ?? lockOf(registry.capability(id))),
      workflows: flows.map((flow): WorkflowLock => workflowLockOf(flow)),
      specHash: digestOf(spec),
      principals: spec.governance?.principals,
      approvalRoles: approvalRolesOf(spec),
    },
    declared: spec.risk_profile?.max_risk,
    hazards: [...included, ...new Set(named)].map(
      (id): Hazard => own.get(id)?.hazard ?? registry.capability(id).spec,
    ),
    content: { files, ...(signedBy === undefined ? {} : { signedBy }) },
  };
}

function ownCapability(
  registry: Registry,
  path: string,
  files: PackFiles,
  [file, text]: PackFile,
  pack: string,
): Own {
  const spec = loadCapability(text, join(path, file));
  const { id, version } = spec;
  const expected = `capabilities/${id.replaceAll(".", "_")}`;
  if (!file.startsWith(`${expected}.`) && !file.startsWith(`${expected}@${version}.`))
    throw invalid(path, `${id} belongs in ${expected}.yaml, not in ${file}`);
  const handlerHash = handlerHashIn(files, file);
  if (spec.foreign !== undefined && handlerHash !== NO_CODE)
    throw invalid(path, `${id} names another side that does it, and brings a handler too`);
  const lock = {
    capability: id,
    version,
    specHash: digestOf(spec),
    handlerHash,
  };
  const known = lookUp(() => registry.capability(id));
  if ("found" in known && known.found.pack === undefined)
    throw new RuntimeError("ALREADY_EXISTS", `${path}: the capability id ${id} belongs to the package.`);
  const same = lookUp(() => registry.capability(`${id}@${version}`));
  const isForeign = "found" in same && same.found.pack?.name !== pack;
  if (isForeign && digestOf(lockOf(same.found)) !== digestOf(lock))
    throw new RuntimeError(
      "ALREADY_EXISTS",
      `${path}: ${id} ${version} is there already, and another one, in the pack ${same.found.pack?.name}.`,
    );
  return { lock, hazard: spec };
}

/** A name leads to one workflow: that of the assets where both have it. */
function requireFree({ registry, installed }: Here, { name, text, file }: WorkflowFile): void {
  const taken = registry
    .workflows()
    .find((each) => each.name === name && !each.file.startsWith(`${installed}${sep}`) && each.text !== text);
  if (taken === undefined) return;
  throw new RuntimeError(
    "ALREADY_EXISTS",
    `${file}: the workflow "${name}" is there already: ${taken.file}.`,
  );
}

function invalid(path: string, why: string): RuntimeError {
  return new RuntimeError("SPEC_INVALID", `${path}: ${why}.`);
}
