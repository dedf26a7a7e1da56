import standaloneCode from "ajv/dist/standalone/index.js";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { CapabilitySpec } from "../src/contract/capability.ts";
import { sha256 } from "../src/contract/digest.ts";
import { findAssets } from "../src/kernel/assets.ts";
import { loadCapability } from "../src/kernel/load-capability.ts";
import { closed, createSchemaEngine, REG_EXP_IN_CODE } from "../src/kernel/schema-engine.ts";
import { listSpecFiles } from "../src/kernel/spec-files.ts";

/** Writes one module for each contract of the standard library, so that no start has to read and compile it. */
export function compileContracts(directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const { path, stem } of listSpecFiles(findAssets({}).stdlib)) {
    const text = readFileSync(path, "utf8");
    const spec = loadCapability(text, path);
    const code = [
      "module.exports = {",
      `textHash: ${JSON.stringify(sha256(text))},`,
      `spec: ${JSON.stringify(spec)},`,
      `validators(${REG_EXP_IN_CODE}, codePointsIn) { const exports = {}, module = {};\n${validatorsOf(spec)}\nreturn exports; },`,
      "};",
    ].join("\n");
    writeFileSync(join(directory, `${stem}.cjs`), `${code}\n`);
  }
}

function validatorsOf({ inputs, outputs }: CapabilitySpec): string {
  const engine = createSchemaEngine({ source: true });
  engine.addSchema(closed(inputs), "inputs");
  engine.addSchema(closed(outputs), "outputs");
  const code = standaloneCode.default(engine, { inputs: "inputs", outputs: "outputs" });
  // What the code would load is given to it: a look for a package takes longer than the check.
  const given = code.replaceAll('require("ajv/dist/runtime/ucs2length").default', "codePointsIn");
  const more = /require\([^)]*\)/.exec(given);
  if (more !== null) throw new Error(`The code of a contract needs ${more[0]}, which nobody gives to it.`);
  return given;
}
