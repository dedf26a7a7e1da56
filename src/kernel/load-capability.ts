import { readFileSync } from "node:fs";

import { CapabilitySpec, inconsistencies } from "../contract/capability.ts";
import { isObject } from "../contract/json.ts";
import { checkSpec, readSpec, specError, type SpecSource } from "../contract/parse-spec.ts";
import { ProposalSpec } from "../contract/pack.ts";
import { convertOlder, shapeOf } from "./older-capability.ts";

/**
 * The contract in a spec file, in its canonical shape; both older shapes are converted.
 *
 * @throws SPEC_INVALID with every problem, also where the contract contradicts itself
 */
export function loadCapability(text: string, file: string): CapabilitySpec {
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

/** @throws SPEC_INVALID where a contract breaks the rules that bind its fields to each other */
export function checkContract(spec: CapabilitySpec, source: Pick<SpecSource, "file" | "locate">): void {
  const problems = inconsistencies(spec).map(({ path, message }) => ({ path: path.split("."), message }));
  if (problems.length > 0) throw specError(source, problems);
}

/** @throws SPEC_INVALID */
export function loadProposal(file: string): ProposalSpec {
  return checkSpec(readSpec(readFileSync(file, "utf8"), file), ProposalSpec);
}
