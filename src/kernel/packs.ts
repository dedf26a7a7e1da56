import { readFileSync } from "node:fs";

import { type CapabilitySpec, type Risk, RISKS } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import { suggest } from "../contract/nearest.ts";
import { FacadeSpec, PackSpec, type ProposalSpec } from "../contract/pack.ts";
import { parseSpec, readSpec } from "../contract/parse-spec.ts";
import type { Assets } from "./assets.ts";
import type { Capabilities } from "./capabilities.ts";
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
export function loadPacks(assets: Assets, capabilities: Capabilities): LoadedPack[] {
  const files = listDirectories(assets.packs).flatMap(listSpecFiles).filter(isPackFile);
  return files.map(({ path }) => loadPack(path, assets, capabilities));
}

/** @throws SPEC_INVALID */
export function loadFacades(assets: Assets): LoadedFacade[] {
  return listSpecFiles(assets.facades).map(({ path }) => ({
    spec: parseSpec(readFileSync(path, "utf8"), path, FacadeSpec).value,
    file: path,
  }));
}

/** @throws SPEC_INVALID */
export function loadProposals(assets: Assets): ProposalSpec[] {
  return listSpecFiles(assets.external).map(({ path }) => loadProposal(path));
}

/** Every workflow of the packs and of the workflows directory, by name. @throws SPEC_INVALID */
export function loadWorkflowFiles(assets: Assets): WorkflowFile[] {
  return workflowFiles(assets)
    .map(openWorkflowFile)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The workflow with a name or a workflow_id. @throws WORKFLOW_UNKNOWN; ALREADY_EXISTS where several files have the name */
export function findWorkflowFile(assets: Assets, name: string): WorkflowFile {
  const files = workflowFiles(assets);
  // Most files are named after their workflow: then the others need not be read.
  const named = files.filter(({ stem }) => stem === name).map(openWorkflowFile);
  const matches = (named.length > 0 ? named : files.map(openWorkflowFile)).filter(
    (file) => file.name === name || (name !== "" && file.workflowId === name),
  );
  const [found, other] = matches;
  if (other !== undefined)
    throw new RuntimeError(
      "ALREADY_EXISTS",
      `The workflow "${name}" is there twice: ${matches.map(({ file }) => file).join(", ")}.`,
    );
  if (found !== undefined) return found;
  const stems = files.map(({ stem }) => stem);
  throw new RuntimeError(
    "WORKFLOW_UNKNOWN",
    `There is no workflow "${name.slice(0, 100)}"${suggest(name, stems) || "."}`,
  );
}

function loadPack(path: string, assets: Assets, capabilities: Capabilities): LoadedPack {
  const { value: spec } = parseSpec(readFileSync(path, "utf8"), path, PackSpec);
  const warnings: string[] = [];
  const workflows = spec.includes.workflows.flatMap((name) =>
    present(() => findWorkflowFile(assets, name), warnings),
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
  return RISKS[Math.max(0, ...specs.map(({ risk }) => RISKS.indexOf(risk.level)))] ?? "LOW";
}

/** The capabilities that the steps of a workflow name, at any depth. A human is none. */
function capabilitiesOf({ text, file }: WorkflowFile): string[] {
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
  const inPacks = listDirectories(assets.packs)
    .flatMap(listSpecFiles)
    .filter((file) => !isPackFile(file));
  return [...inPacks, ...listSpecFiles(assets.workflows)];
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

function describeWorkflow(text: string, path: string, stem: string): WorkflowFile {
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
