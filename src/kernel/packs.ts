import { readFileSync } from "node:fs";

import { type CapabilitySpec, type Risk, RISKS } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import { suggest } from "../contract/nearest.ts";
import { FacadeSpec, PackSpec, type ProposalSpec } from "../contract/pack.ts";
import { parseSpec, readSpec } from "../contract/parse-spec.ts";
import type { Assets } from "./assets.ts";
import type { Additions, Capabilities } from "./capabilities.ts";
import { type Installed, listInstalled } from "./installed.ts";
import { loadProposal } from "./load-capability.ts";
import { lookUp } from "./look-up.ts";
import { listDirectories, listSpecFiles, type SpecFile } from "./spec-files.ts";

export type LoadedPack = {
  readonly spec: PackSpec;
  readonly file: string;
  /** As declared, or the highest of what it includes. */
  readonly risk: Risk;
  /** Whether everything that it includes exists here. */
  readonly isRunnable: boolean;
  readonly warnings: readonly string[];
};

export type LoadedFacade = { readonly spec: FacadeSpec; readonly file: string };

/** A workflow as it lies in its file, not checked yet beyond its names. */
export type WorkflowFile = {
  readonly name: string;
  readonly workflowId: string;
  readonly version: string;
  readonly description: string;
  readonly file: string;
  readonly text: string;
};

/** Packs of the assets, by file. @throws SPEC_INVALID */
export function loadPacks(assets: Assets, capabilities: Capabilities, additions?: Additions): LoadedPack[] {
  const directories = [...listDirectories(assets.packs), ...directoriesOf(additions, "pack")];
  const files = directories.flatMap(listSpecFiles).filter(isPackFile);
  return files.map(({ path }) => loadPack(path, assets, capabilities, additions));
}

/** @throws SPEC_INVALID */
export function loadFacades(assets: Assets, additions?: Additions): LoadedFacade[] {
  const files = [assets.facades, ...directoriesOf(additions, "facade")].flatMap(listSpecFiles);
  return files.map(({ path }) => ({
    spec: parseSpec(readFileSync(path, "utf8"), path, FacadeSpec).value,
    file: path,
  }));
}

/** @throws SPEC_INVALID */
export function loadProposals(assets: Assets): ProposalSpec[] {
  return listSpecFiles(assets.external).map(({ path }) => loadProposal(path));
}

/** Every workflow of the packs and of the workflows directory, by name. @throws SPEC_INVALID */
export function loadWorkflowFiles(assets: Assets, additions?: Additions): WorkflowFile[] {
  return [...workflowFiles(assets), ...directoriesOf(additions, "pack").flatMap(workflowFilesIn)]
    .map(openWorkflowFile)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The workflow with a name or a workflow_id: of the assets; else of an ACTIVE pack; else of any other installed one.
 *
 * @throws WORKFLOW_UNKNOWN; ALREADY_EXISTS where several files of the assets have the name
 */
export function findWorkflowFile(assets: Assets, name: string, additions?: Additions): WorkflowFile {
  const found = findAmong(workflowFiles(assets), name);
  if (found !== undefined) return found;
  for (const directory of directoriesOf(additions, "pack")) {
    const [installed] = matching(workflowFilesIn(directory), name);
    if (installed !== undefined) return installed;
  }
  const stems = workflowFiles(assets).map(({ stem }) => stem);
  throw new RuntimeError(
    "WORKFLOW_UNKNOWN",
    `There is no workflow "${name.slice(0, 100)}"${suggest(name, stems) || "."}`,
  );
}

function findAmong(files: readonly SpecFile[], name: string): WorkflowFile | undefined {
  const matches = matching(files, name);
  const [found, other] = matches;
  if (other === undefined) return found;
  throw new RuntimeError(
    "ALREADY_EXISTS",
    `The workflow "${name}" is there twice: ${matches.map(({ file }) => file).join(", ")}.`,
  );
}

function matching(files: readonly SpecFile[], name: string): WorkflowFile[] {
  // Most files are named after their workflow: then the others need not be read.
  const named = files.filter(({ stem }) => stem === name).map(openWorkflowFile);
  return (named.length > 0 ? named : files.map(openWorkflowFile)).filter(
    (file) => file.name === name || (name !== "" && file.workflowId === name),
  );
}

function loadPack(
  path: string,
  assets: Assets,
  capabilities: Capabilities,
  additions: Additions | undefined,
): LoadedPack {
  const { value: spec } = parseSpec(readFileSync(path, "utf8"), path, PackSpec);
  const warnings: string[] = [];
  const workflows = spec.includes.workflows.flatMap((name) =>
    present(() => findWorkflowFile(assets, name, additions), warnings),
  );
  const included = [...new Set([...spec.includes.capabilities, ...workflows.flatMap(capabilitiesOf)])];
  const specs = included.flatMap((id) => present(() => capabilities.get(id).spec, warnings));
  const isRunnable = warnings.length === 0;
  if (spec.risk_profile === undefined)
    warnings.push("It has no risk_profile and gets the highest risk of what it includes.");
  return { spec, file: path, risk: spec.risk_profile?.max_risk ?? highestRisk(specs), isRunnable, warnings };
}

/** What is there, as a list of one; what is not becomes a warning. */
function present<Found>(look: () => Found, warnings: string[]): Found[] {
  const result = lookUp(look);
  if ("found" in result) return [result.found];
  warnings.push(result.error.message);
  return [];
}

function highestRisk(specs: readonly CapabilitySpec[]): Risk {
  return RISKS.findLast((level) => specs.some(({ risk }) => risk.level === level)) ?? "LOW";
}

/** The capabilities that the steps of a workflow name, at any depth. A human is none. */
export function capabilitiesOf({ text, file }: Pick<WorkflowFile, "text" | "file">): string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (isObject(value)) {
      const name = value["capability_name"];
      if (typeof name === "string" && value["step_type"] !== "HUMAN_APPROVAL") found.push(name);
      for (const [key, member] of Object.entries(value)) if (key !== "inputs") visit(member);
    }
  };
  visit(readSpec(text, file).value);
  return found;
}

function workflowFiles(assets: Assets): SpecFile[] {
  return [...listDirectories(assets.packs).flatMap(workflowFilesIn), ...listSpecFiles(assets.workflows)];
}

function workflowFilesIn(packDirectory: string): SpecFile[] {
  return listSpecFiles(packDirectory).filter((file) => !isPackFile(file));
}

/** Where installed packs or facades lie: the ACTIVE ones first, then the newer. */
function directoriesOf(additions: Additions | undefined, kind: "pack" | "facade"): string[] {
  if (additions === undefined) return [];
  const { directory, standing } = additions;
  const rank = ({ subject }: Installed): number => (standing.isActive(subject) ? 0 : 1);
  return listInstalled(directory, kind)
    .toSorted((a, b) => rank(a) - rank(b))
    .map((each) => each.directory);
}

function isPackFile({ stem }: SpecFile): boolean {
  return stem === "pack";
}

// Shared by all registries of the process.
const opened = new Map<string, WorkflowFile>();

function openWorkflowFile({ path, stem }: SpecFile): WorkflowFile {
  const text = readFileSync(path, "utf8");
  const known = opened.get(path);
  if (known?.text === text) return known;
  const file = describeWorkflow(text, path, stem);
  opened.set(path, file);
  return file;
}

/** A workflow in a text of its own. */
export function describeWorkflow(text: string, path: string, stem: string): WorkflowFile {
  const { value } = readSpec(text, path);
  const fields = isObject(value) ? value : {};
  const field = (key: string): string => (typeof fields[key] === "string" ? fields[key] : "");
  return {
    name: field("name") || stem,
    workflowId: field("workflow_id"),
    version: field("version"),
    description: field("description").trim(),
    file: path,
    text,
  };
}
