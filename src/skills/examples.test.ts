import { readdirSync, readFileSync } from "node:fs";

import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

import { CapabilitySpec, inconsistencies } from "../contract/capability.ts";
import { canonicalJson } from "../contract/json.ts";
import { HANDLERS } from "./handlers.ts";
import { createTestContext } from "./test-context.ts";
import { verifies } from "../../test/requirements.ts";

verifies("stdlib:contract");

type Example = CapabilitySpec["examples"][number];

const folder = new URL("../../assets/capabilities/validated/stdlib/", import.meta.url);
const specs = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => ({ name, spec: CapabilitySpec.parse(parse(readFileSync(new URL(name, folder), "utf8"))) }));

describe.for(specs)("$spec.id", ({ name, spec }) => {
  test("has a consistent spec, a handler and both kinds of example", () => {
    expect(name).toBe(`${spec.id.replaceAll(".", "_")}.yaml`);
    expect(inconsistencies(spec)).toEqual([]);
    expect(Object.keys(HANDLERS)).toContain(spec.id);
    expect(spec.inputs["additionalProperties"]).toBe(false);
    expect(spec.outputs["additionalProperties"]).toBe(false);
    expect(spec.examples.filter((example) => example.outputs !== undefined).length).toBeGreaterThan(0);
    expect(spec.examples.filter((example) => example.error !== undefined).length).toBeGreaterThan(0);
  });

  const isPure = spec.side_effects.every((effect) => effect === "read_only");
  test.runIf(isPure).for(spec.examples)("$name", async (example) => {
    const outcome = await runExample(spec, example);
    if (example.error === undefined) expect(outcome).toMatchObject(example.outputs ?? {});
    else expect(outcome).toEqual({ error: example.error });
  });
});

test("every handler has a spec", () => {
  const ids = new Set(specs.map(({ spec }) => spec.id));
  expect(Object.keys(HANDLERS).filter((id) => !ids.has(id))).toEqual([]);
});

test("the table of handlers is sorted", () => {
  expect(Object.keys(HANDLERS)).toEqual(Object.keys(HANDLERS).toSorted());
});

async function runExample(spec: CapabilitySpec, example: Example): Promise<Record<string, unknown>> {
  const ajv = new Ajv2020({ useDefaults: true, strict: true, allowUnionTypes: true, strictTypes: false });
  const acceptsInputs = ajv.compile(spec.inputs);
  const acceptsOutputs = ajv.compile(spec.outputs);
  const inputs = structuredClone(example.inputs);
  if (!acceptsInputs(inputs)) return { error: "INPUT_INVALID" };
  const handler = await HANDLERS[spec.id]?.();
  try {
    const outputs = (await handler?.(createTestContext(spec), inputs)) ?? {};
    expect(acceptsOutputs(outputs), JSON.stringify(acceptsOutputs.errors)).toBe(true);
    expect(() => canonicalJson(outputs)).not.toThrow();
    return outputs;
  } catch (error) {
    if (error instanceof Error && "code" in error) return { error: error.code };
    throw error;
  }
}
