import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { z } from "zod";

import { buildProgram } from "../src/cli/build-program.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { documentProgram } from "../src/cli/document.ts";
import { CapabilitySpec } from "../src/contract/capability.ts";
import { ExecutionRecord, WorkflowRecord } from "../src/contract/execution-record.ts";
import { FacadeSpec, PackSpec } from "../src/contract/pack.ts";
import { CheckReport, Quest, QuestPlan } from "../src/contract/quest.ts";
import { SkillMemory } from "../src/contract/skill-memory.ts";
import { WorkflowSpec } from "../src/contract/workflow.ts";
import { documentAarm } from "./aarm-page.ts";
import { documentCapabilities } from "./capabilities-page.ts";
import { documentEntries } from "./entries-page.ts";
import { documentErrors } from "./errors-page.ts";
import { describeApi } from "../src/control/openapi.ts";
import { documentRecords } from "./records-page.ts";
import { documentRest } from "./rest-page.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Every file that is derived from the code, by its path below the package. */
const FILES: Readonly<Record<string, () => string>> = {
  "docs/reference/aarm.md": documentAarm,
  "docs/reference/capabilities.md": documentCapabilities,
  "docs/reference/cli.md": () => documentProgram(buildProgram("", COMMANDS, async () => {})),
  "docs/reference/entries.md": documentEntries,
  "docs/reference/errors.md": documentErrors,
  "docs/reference/openapi.json": () => `${JSON.stringify(describeApi(), null, 2)}\n`,
  "docs/reference/records.md": documentRecords,
  "docs/reference/rest.md": documentRest,
  "assets/schemas/workflow.schema.json": () => jsonSchema("WorkflowSpec", WorkflowSpec),
  "assets/schemas/capability.schema.json": () => jsonSchema("CapabilitySpec", CapabilitySpec),
  "assets/schemas/pack.schema.json": () => jsonSchema("PackSpec", PackSpec),
  "assets/schemas/facade.schema.json": () => jsonSchema("FacadeSpec", FacadeSpec),
  "assets/schemas/execution-record.schema.json": () => jsonSchema("ExecutionRecord", ExecutionRecord),
  "assets/schemas/quest.schema.json": () => jsonSchema("Quest", Quest),
  "assets/schemas/quest-plan.schema.json": () => jsonSchema("QuestPlan", QuestPlan),
  "assets/schemas/check-report.schema.json": () => jsonSchema("CheckReport", CheckReport),
  "assets/schemas/skill-memory.schema.json": () => jsonSchema("SkillMemory", SkillMemory),
  "assets/schemas/workflow-record.schema.json": () => jsonSchema("WorkflowRecord", WorkflowRecord),
};

// What an author writes, so that fields with a default are optional.
function jsonSchema(title: string, schema: z.ZodType): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

function write(): void {
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), content());
  }
}

function check(): void {
  const stale = Object.entries(FILES).filter(([path, content]) => present(path) !== content());
  if (stale.length === 0) return;
  process.stderr.write(
    `Not what the code says:\n${stale.map(([path]) => `  ${path}\n`).join("")}Run: npm run docs\n`,
  );
  process.exitCode = 1;
}

function present(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

if (process.argv.includes("--check")) check();
else write();
