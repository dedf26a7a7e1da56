import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

import { fromSystem, RuntimeError } from "../../contract/errors.ts";
import { isObject } from "../../contract/json.ts";
import { checkSpec, parseSpec, readSpec } from "../../contract/parse-spec.ts";
import { PolicySet, PolicySettings } from "../../contract/policy-set.ts";
import { factsOf, faultsOf, policiesIn } from "./cedar.ts";
import { isObligation, obligationsOf } from "./obligations.ts";
import { askingFaults } from "./requirement.ts";
import { convertOlderPolicy, isOlderPolicy } from "./older-policy.ts";

const SETTINGS = "constitution.yaml";
const SCHEMA = "schema.cedarschema";
const MAX_BYTES = 1024 * 1024;

/** What a policy set is made of beside its own files: the schema, and the policies that come with the package. */
export type PolicyBase = { readonly schema: string; readonly policies: Readonly<Record<string, string>> };

/** A directory of policies: `constitution.yaml`, and all that its `*.cedar` files hold. @throws SPEC_INVALID */
export function readPolicyDirectory(directory: string): PolicySet {
  const names = listDirectory(directory);
  const policies: Record<string, string> = {};
  for (const name of names.filter((each) => each.endsWith(".cedar"))) {
    for (const [id, policy] of Object.entries(policiesIn(readText(join(directory, name)), name))) {
      if (Object.hasOwn(policies, id)) throw invalid(name, [`two policies have the id "${id}"`]);
      policies[id] = policy;
    }
  }
  const { value } = parseSpec(readText(join(directory, SETTINGS)), SETTINGS, PolicySettings);
  return checkPolicySet(directory, { ...value, schema: readText(join(directory, SCHEMA)), policies });
}

/**
 * A policy set in any form that is read: a directory, one `.cedar` file, a whole set as JSON or YAML, or the older
 * policy YAML. A file has the schema of the package; an older policy also has the policies of the package, which it
 * can restrict and not loosen.
 *
 * @throws SPEC_INVALID with every fault, FILE_NOT_FOUND
 */
export function readPolicySet(path: string, base: PolicyBase): PolicySet {
  if (isDirectory(path)) return readPolicyDirectory(path);
  const file = basename(path);
  const text = readText(path);
  if (file.endsWith(".cedar")) {
    const settings = PolicySettings.parse({ name: nameOf(file), version: "1.0.0" });
    return checkPolicySet(file, { ...settings, schema: base.schema, policies: policiesIn(text, file) });
  }
  const source = readSpec(text, file);
  if (isOlderPolicy(source.value)) {
    const { policies, settings } = convertOlderPolicy(source);
    const named = PolicySettings.parse({ name: nameOf(file), version: "1.0.0", ...settings });
    return checkPolicySet(file, {
      ...named,
      schema: base.schema,
      policies: { ...policies, ...forbidsOf(base.policies) },
    });
  }
  if (isObject(source.value) && !("schema" in source.value))
    return checkPolicySet(
      file,
      checkSpec({ ...source, value: { ...source.value, schema: base.schema } }, PolicySet),
    );
  return checkPolicySet(file, checkSpec(source, PolicySet));
}

/** The package's forbids: an older policy says itself what is permitted. */
function forbidsOf(policies: Readonly<Record<string, string>>): Record<string, string> {
  const forbids = Object.entries(policies).filter(([, policy]) => factsOf(policy).effect === "forbid");
  return Object.fromEntries(forbids);
}

/** A set that can be used, by whatever way it came. @throws SPEC_INVALID with every fault */
export function checkPolicySet(file: string, set: PolicySet): PolicySet {
  const faults = faultsOf(set);
  if (faults.length > 0) throw invalid(file, faults);
  for (const [id, policy] of Object.entries(set.policies)) {
    const facts = factsOf(policy);
    for (const each of obligationsOf(facts))
      if (!isObligation(each)) faults.push(`${id}: @modify("${each}") is not known`);
    faults.push(...askingFaults(facts).map((fault) => `${id}: ${fault}`));
  }
  if (faults.length > 0) throw invalid(file, faults);
  return set;
}

function nameOf(file: string): string {
  const name = file
    .replace(/\.[^.]*$/, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-");
  return /^[a-z]/.test(name) ? name : `policy-${name}`;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    throw fromSystem(error, `The policy directory "${path}"`);
  }
}

function readText(path: string): string {
  try {
    if (statSync(path).size > MAX_BYTES) throw invalid(path, [`it is larger than ${MAX_BYTES} bytes`]);
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fromSystem(error, `The policy file "${path}"`);
  }
}

function invalid(file: string, faults: readonly string[]): RuntimeError {
  return new RuntimeError("SPEC_INVALID", `${file}: ${faults.join("; ")}.`, { details: faults });
}
