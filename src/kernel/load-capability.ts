import { readFileSync } from "node:fs";

import { CapabilitySpec, inconsistencies } from "../contract/capability.ts";
import { isObject } from "../contract/json.ts";
import { checkSpec, readSpec, specError, type SpecSource } from "../contract/parse-spec.ts";
import { ProposalSpec } from "../contract/pack.ts";
import { checkSchema } from "./check-schema.ts";
import { findCompiled } from "./compiled-contract.ts";
import { lookUp } from "./look-up.ts";
import { convertOlder, shapeOf } from "./older-capability.ts";
import { adoptValidators, trustSchemas } from "./validate.ts";

/**
 * The contract in a spec file, in its canonical shape; both older shapes are converted.
 *
 * @throws SPEC_INVALID with every problem, also where the contract contradicts itself
 */
export function loadCapability(text: string, file: string): CapabilitySpec {
  return loadOnce(text, file, parseCapability);
}

/** The same for a spec file of the package itself, which was checked when the package was made. */
export function loadShippedCapability(text: string, file: string): CapabilitySpec {
  return loadOnce(text, file, () => {
    const compiled = findCompiled(text, file);
    if (compiled !== undefined) adoptValidators(compiled);
    const spec = compiled?.spec ?? parseCapability(text, file);
    trustSchemas(spec);
    return spec;
  });
}

function loadOnce(
  text: string,
  file: string,
  load: (text: string, file: string) => CapabilitySpec,
): CapabilitySpec {
  const known = loaded.get(file);
  if (known?.text === text) return known.spec;
  const spec = load(text, file);
  loaded.set(file, { text, spec });
  return spec;
}

// Shared by all registries of the process: a contract is compiled once for each object that holds it.
const loaded = new Map<string, { readonly text: string; readonly spec: CapabilitySpec }>();

function parseCapability(text: string, file: string): CapabilitySpec {
  const source = readSpec(text, file);
  const shape = isObject(source.value) ? shapeOf(source.value) : "canonical";
  if (shape === "proposal")
    throw specError(source, [{ path: [], message: "is a proposal, which is not executable" }]);
  const isOlder = shape !== "canonical";
  const spec = checkSpec(
    isOlder ? { ...source, value: convertOlder(source, shape) } : source,
    CapabilitySpec,
  );
  checkContract(spec, source);
  return spec;
}

/** @throws SPEC_INVALID where a contract breaks the rules that bind its fields to each other, or has a harmful schema */
export function checkContract(spec: CapabilitySpec, source: Pick<SpecSource, "file" | "locate">): void {
  const broken = inconsistencies(spec).map(({ path, message }) => ({ path: path.split("."), message }));
  const harmful = (["inputs", "outputs"] as const).flatMap((part) => {
    const result = lookUp(() => checkSchema(spec[part]));
    return "error" in result ? [{ path: [part], message: result.error.message }] : [];
  });
  if (broken.length + harmful.length > 0) throw specError(source, [...broken, ...harmful]);
}

/** @throws SPEC_INVALID */
export function loadProposal(file: string): ProposalSpec {
  return checkSpec(readSpec(readFileSync(file, "utf8"), file), ProposalSpec);
}
