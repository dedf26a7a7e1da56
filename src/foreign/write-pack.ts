import { stringify } from "yaml";

import { RuntimeError } from "../contract/errors.ts";
import type { DerivedTool } from "./derived.ts";

export type ImportedPack = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly tools: readonly DerivedTool[];
};

// As a pack's directory may hold, so that what was proposed can also be put into one.
const MAX_TOOLS = 190;
const MAX_CHARACTERS = 1024 * 1024;

/** The files of a pack with these contracts, and no code. @throws LIMIT_EXCEEDED, SPEC_INVALID where there are none */
export function packFilesOf({ name, version, description, tools }: ImportedPack): Record<string, string> {
  if (tools.length === 0) throw new RuntimeError("SPEC_INVALID", `Nothing of ${name} can be imported.`);
  if (tools.length > MAX_TOOLS)
    throw new RuntimeError(
      "LIMIT_EXCEEDED",
      `${name} has ${tools.length} tools or operations, and a pack at most ${MAX_TOOLS}; choose with --tools or --operations.`,
    );
  const pack = {
    pack_id: `import.${name}`,
    name,
    version,
    description,
    includes: { capabilities: tools.map(({ spec }) => spec.id) },
    tags: ["imported"],
  };
  const contracts = tools.map(
    ({ spec }) => [`capabilities/${spec.id.replaceAll(".", "_")}.yaml`, yaml(spec)] as const,
  );
  const files = { "pack.yaml": yaml(pack), ...Object.fromEntries(contracts) };
  const characters = Object.values(files).reduce((sum, text) => sum + text.length, 0);
  if (characters <= MAX_CHARACTERS) return files;
  throw new RuntimeError(
    "LIMIT_EXCEEDED",
    `The contracts of ${name} have ${characters} characters, and a pack at most ${MAX_CHARACTERS}; choose with --tools or --operations.`,
  );
}

function yaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 110 });
}
