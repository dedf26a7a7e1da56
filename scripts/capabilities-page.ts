import { readFileSync } from "node:fs";
import { basename } from "node:path";

import { findAssets } from "../src/kernel/assets.ts";
import { loadCapability } from "../src/kernel/load-capability.ts";
import { listSpecFiles } from "../src/kernel/spec-files.ts";
import { documentCapability } from "../src/skills/document.ts";

/** The reference page of the standard library: a table of all capabilities, and a section for each. */
export function documentCapabilities(): string {
  const specs = listSpecFiles(findAssets({}).stdlib)
    .map(({ path }) => loadCapability(readFileSync(path, "utf8"), basename(path)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const rows = specs.map(
    ({ id, name, risk, undo }) =>
      `| [\`${id}\`](#${id.replaceAll(".", "")}) | ${name.replaceAll("|", "\\|")} | ${risk.level} | ${undo.kind} |`,
  );
  return [
    "# Capabilities of the standard library",
    "Generated from the contracts in `assets/capabilities/validated/stdlib`.",
    ["| Id | What it does | Risk | Undo |", "|---|---|---|---|", ...rows].join("\n"),
    ...specs.map(documentCapability),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}
