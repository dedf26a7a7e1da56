import { readFileSync, statSync } from "node:fs";

import type { CapabilitySpec } from "../contract/capability.ts";
import { fromSystem, RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import type { LoadedCapability } from "../kernel/capabilities.ts";
import type { Kernel } from "../kernel/invoke.ts";
import { workflowLockOf } from "../kernel/locks.ts";
import type { WorkflowFile } from "../kernel/packs.ts";
import type { Registry } from "../kernel/registry.ts";
import { parseInputs, sensitivePointers } from "../kernel/validate.ts";
import { usesOf } from "./check-capabilities.ts";
import type { StartRequest } from "./engine.ts";
import { type LoadedWorkflow, loadWorkflow } from "./load-workflow.ts";
import { passFacade } from "./pass-facade.ts";
import { singleCall } from "./single-call.ts";
import type { SpecText } from "./runtime.ts";
import { parseWorkflowInputs, sensitiveInputs } from "./workflow-inputs.ts";

export type Prepared = Omit<StartRequest, "principal" | "cwd"> & { readonly warnings: readonly string[] };

const MAX_SPEC_BYTES = 1024 * 1024;

/**
 * What a caller named: a workflow file (a path with / or an ending .yaml, .yml, .json), a workflow by its name, or a
 * capability by its id. `through`: the facade that somebody asks for it.
 *
 * @throws CAPABILITY_UNKNOWN, WORKFLOW_UNKNOWN, SPEC_INVALID, INPUT_INVALID; NOT_ACTIVE, DRIFTED, SUSPENDED for a
 * workflow that was named and is in no ACTIVE pack as it is
 */
export async function prepareTarget(
  kernel: Pick<Kernel, "registry" | "reach" | "environment">,
  principal: Principal,
  target: string | SpecText,
  inputs: Readonly<Record<string, unknown>>,
  through?: string,
): Promise<Prepared> {
  const { registry, reach } = kernel;
  const reachByName = async (name: string): Promise<WorkflowFile> => {
    const file = registry.workflow(name);
    await reach.workflow(workflowLockOf(file), principal);
    return file;
  };
  const prepareWorkflow = async ({ text, file }: SpecText): Promise<Prepared> => {
    if (text.length > MAX_SPEC_BYTES)
      throw new RuntimeError("LIMIT_EXCEEDED", `"${file}" has more than ${MAX_SPEC_BYTES} characters.`);
    const { spec, subSpecs, warnings } = await loadOnce(text, file, registry);
    for (const name of Object.keys(subSpecs)) await reachByName(name);
    const given = parseWorkflowInputs(spec, inputs);
    return {
      kind: "workflow",
      spec,
      subSpecs,
      inputs: given,
      sensitive: sensitiveInputs(spec),
      warnings,
    };
  };
  if (typeof target !== "string") return prepareWorkflow(target);
  if (through !== undefined) {
    const { workflow, facade } = await passFacade(kernel, principal, through, target);
    return { ...(await prepareWorkflow(await reachByName(workflow))), facade };
  }
  const isFile = /[/\\]|\.(ya?ml|json)$/i.test(target);
  if (!isFile && target.includes(".")) return prepareCapability(registry.capability(target), target, inputs);
  return prepareWorkflow(isFile ? { text: readSpec(target), file: target } : await reachByName(target));
}

type Checked = {
  readonly text: string;
  readonly loaded: LoadedWorkflow;
  /** What it was held against. */
  readonly contracts: ReadonlyMap<string, CapabilitySpec>;
};

const MAX_CHECKED = 1000;
// Shared by all registries of the process, most of which hold the same contracts.
const checked = new Map<string, Checked>();

/** The same text is checked once against the same contracts; one with sub-workflows each time, because they may have changed. */
async function loadOnce(text: string, file: string, registry: Registry): Promise<LoadedWorkflow> {
  const last = checked.get(file);
  const isSame = last?.text === text && Object.keys(last.loaded.subSpecs).length === 0;
  if (isSame && [...last.contracts].every(([name, spec]) => registry.capability(name).spec === spec))
    return last.loaded;
  const loaded = await loadWorkflow(text, file, registry);
  const contracts = usesOf(loaded.spec).map(
    ({ capability }) => [capability, registry.capability(capability).spec] as const,
  );
  if (checked.size >= MAX_CHECKED) checked.clear();
  checked.set(file, { text, loaded, contracts: new Map(contracts) });
  return loaded;
}

/** A capability by itself is a workflow of one step, whose inputs are the run's: they are no templates. */
function prepareCapability(
  { spec }: LoadedCapability,
  target: string,
  inputs: Readonly<Record<string, unknown>>,
): Prepared {
  const given = parseInputs(spec, inputs);
  return {
    kind: "capability",
    spec: singleCall(spec, target, Object.keys(given)),
    subSpecs: {},
    inputs: given,
    sensitive: sensitivePointers(spec.inputs, "/inputs"),
    warnings: [],
  };
}

function readSpec(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > MAX_SPEC_BYTES)
      throw new RuntimeError(
        "LIMIT_EXCEEDED",
        `"${path}" has ${size} bytes; a spec has at most ${MAX_SPEC_BYTES}.`,
      );
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fromSystem(error, `The workflow file "${path}"`);
  }
}
