import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import { PACKAGE_ROOT } from "./package-root.ts";

/** Directories of specs. `workflows` may be absent. */
export type Assets = {
  readonly stdlib: string;
  readonly external: string;
  readonly packs: string;
  readonly facades: string;
  readonly workflows: string;
  /** Whether the standard library is the one that came with the package. */
  readonly isShipped: boolean;
};

const PACKAGE_ASSETS = join(PACKAGE_ROOT, "assets");
const REQUIRED = [
  "capabilities/validated/stdlib",
  "capabilities/validated/external",
  "packs",
  "specs/facades",
];

/**
 * Where specs lie: `AI_FIRST_SPECS_DIR` names the directory of the standard library's specs, `AI_FIRST_ASSETS_DIR` the
 * root of all assets; without them they come with the package.
 *
 * @throws ASSETS_INCOMPLETE naming what an override lacks
 */
export function findAssets(env: Readonly<Record<string, string | undefined>>): Assets {
  const specsDir = env["AI_FIRST_SPECS_DIR"];
  const assetsDir = env["AI_FIRST_ASSETS_DIR"];
  const root = resolve(assetsDir || PACKAGE_ASSETS);
  const stdlib = specsDir ? resolve(specsDir) : join(root, "capabilities/validated/stdlib");
  const lacking = [
    ...(assetsDir
      ? REQUIRED.filter((part) => !isDirectory(join(root, part))).map((part) => `${root} lacks ${part}`)
      : []),
    ...(specsDir && !holdsSpecs(stdlib) ? [`${stdlib} holds no spec`] : []),
  ];
  if (lacking.length > 0) {
    const variables = [
      ...(specsDir ? ["AI_FIRST_SPECS_DIR"] : []),
      ...(assetsDir ? ["AI_FIRST_ASSETS_DIR"] : []),
    ];
    throw new RuntimeError("ASSETS_INCOMPLETE", `${variables.join(", ")}: ${lacking.join("; ")}.`, {
      details: { lacking },
    });
  }
  return {
    stdlib,
    external: join(root, "capabilities/validated/external"),
    packs: join(root, "packs"),
    facades: join(root, "specs/facades"),
    workflows: join(root, "workflows"),
    isShipped: !assetsDir && !specsDir,
  };
}

/** Directories that hold policies, specs and packs, and the home: nothing that runs may write there. */
export function ruleRootsOf(
  { stdlib, external, packs, facades, workflows }: Assets,
  home: string,
): readonly string[] {
  return [stdlib, external, packs, facades, workflows, home].map((path) => resolve(path));
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function holdsSpecs(path: string): boolean {
  return isDirectory(path) && readdirSync(path).some((name) => /\.(ya?ml|json)$/.test(name));
}
