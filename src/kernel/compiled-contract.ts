import type { ValidateFunction } from "ajv/dist/2020.js";
import { createRequire } from "node:module";
import { basename, join } from "node:path";

import type { CapabilitySpec } from "../contract/capability.ts";
import { sha256 } from "../contract/digest.ts";
import type { boundedRegExp } from "./bounded-regexp.ts";
import { PACKAGE_ROOT } from "./package-root.ts";

/** What a build makes of the contract in a spec file of the package. */
export type CompiledContract = {
  /** SHA-256 of the text that it was made from. */
  readonly textHash: string;
  readonly spec: CapabilitySpec;
  readonly validators: (
    regExp: typeof boundedRegExp,
    lengthOf: typeof codePointsIn,
  ) => Readonly<Record<"inputs" | "outputs", ValidateFunction>>;
};

/** The length of a text as JSON Schema counts it. */
export function codePointsIn(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length; index++)
    if ((text.codePointAt(index) ?? 0) > 0xffff) {
      count -= 1;
      index += 1;
    }
  return count;
}

/** Where a build puts what it makes of spec files, seen from the package. */
export const COMPILED_CONTRACTS = "dist/contracts";

/** What the build made of exactly this text; `undefined` where there is no build, or the text is another one. */
export function findCompiled(text: string, file: string): CompiledContract | undefined {
  const name = `${basename(file).replace(/\.[a-z]+$/, "")}.cjs`;
  let compiled: CompiledContract;
  try {
    compiled = createRequire(import.meta.url)(
      join(PACKAGE_ROOT, COMPILED_CONTRACTS, name),
    ) as CompiledContract;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
  return compiled.textHash === sha256(text) ? compiled : undefined;
}
