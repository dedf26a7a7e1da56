import * as fc from "fast-check";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

import { compileContracts } from "../scripts/compile-contracts.ts";
import { findAssets } from "../src/kernel/assets.ts";
import { codePointsIn, type CompiledContract } from "../src/kernel/compiled-contract.ts";
import { loadCapability } from "../src/kernel/load-capability.ts";
import { listSpecFiles } from "../src/kernel/spec-files.ts";
import { adoptValidators, compileValidator } from "../src/kernel/validate.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("dist:package");

const directory = scratch();
beforeAll(() => compileContracts(directory.path));
afterAll(() => directory[Symbol.dispose]());

const contracts = listSpecFiles(findAssets({}).stdlib);

test.for(contracts)("the build's $stem is the contract of its file", ({ path, stem }) => {
  const text = readFileSync(path, "utf8");
  const compiled = load(stem);
  const spec = loadCapability(text, path);
  expect(compiled.spec).toEqual(spec);
  adoptValidators(compiled);
  for (const part of ["inputs", "outputs"] as const) {
    const built = compileValidator(compiled.spec[part]);
    const fresh = compileValidator({ ...spec[part] });
    for (const { inputs, outputs } of spec.examples) {
      const example = part === "inputs" ? inputs : outputs;
      expect(built(example)).toEqual(fresh(example));
    }
    const names = Object.keys(spec[part].properties ?? {});
    const anything = fc.dictionary(fc.constantFrom(...names, "other"), fc.jsonValue());
    fc.assert(
      fc.property(anything, (values) => {
        expect(built(values)).toEqual(fresh(values));
      }),
      { numRuns: 50 },
    );
  }
});

test("a text is as long as the compiler of schemas counts it", () => {
  const { default: counted } = createRequire(import.meta.url)("ajv/dist/runtime/ucs2length.js") as {
    default: typeof codePointsIn;
  };
  const unit = fc.constantFrom("a", "\u00e9", "\u4f60", "\ud83d", "\ude00", "\u{1f600}", "\uffff");
  fc.assert(
    fc.property(fc.string({ unit }), (text) => codePointsIn(text) === counted(text)),
    { numRuns: 500 },
  );
});

function load(stem: string): CompiledContract {
  return createRequire(import.meta.url)(join(directory.path, `${stem}.cjs`)) as CompiledContract;
}
