import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findAssets } from "../src/kernel/assets.ts";
import { createRegistry, type Registry } from "../src/kernel/registry.ts";

type Fields = Readonly<Record<string, object>>;

const text = { type: "string" };
const whole = { type: "integer", minimum: 0 };
const flag = { type: "boolean" };

/** Id, inputs, required ones, outputs (null: not known). */
const CAPABILITIES: readonly (readonly [string, Fields, readonly string[], Fields | null])[] = [
  [
    "io.fs.write_file",
    { path: text, content: text, create_dirs: flag, mode: { enum: ["a", "b"] } },
    ["path", "content"],
    { bytes_written: whole, success: flag },
  ],
  ["io.fs.hash_file", { path: text }, ["path"], { checksum_sha256: text, success: flag }],
  [
    "io.fs.list_dir",
    { path: text, depth: whole },
    ["path"],
    {
      entries: {
        type: "array",
        items: { type: "object", properties: { name: text }, additionalProperties: false },
      },
      success: flag,
    },
  ],
  ["sys.info.get_time", { format: text, timezone: text }, [], { timestamp: text, timezone: text }],
  [
    "text.template.render",
    { template: text, variables: text },
    ["template"],
    { rendered: text, success: flag },
  ],
  ["web.browser.navigate", { url: text }, ["url"], null],
  ["web.browser.snapshot", { url: text }, ["url"], null],
];

/** A registry of a few contracts without code, the shipped packs, and workflows of the test's own. */
export function openTestRegistry(workflows: Readonly<Record<string, string>> = {}): Registry & Disposable {
  const root = mkdtempSync(join(tmpdir(), "workflow-"));
  for (const part of ["stdlib", "workflows"]) mkdirSync(join(root, part));
  for (const capability of CAPABILITIES)
    writeFileSync(
      join(root, "stdlib", `${capability[0].replaceAll(".", "_")}.json`),
      JSON.stringify(specOf(...capability)),
    );
  for (const [name, content] of Object.entries(workflows))
    writeFileSync(join(root, "workflows", `${name}.yaml`), content);
  const assets = {
    ...findAssets({}),
    stdlib: join(root, "stdlib"),
    workflows: join(root, "workflows"),
    isShipped: false,
  };
  return Object.assign(createRegistry({ assets, handlers: {} }), {
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  });
}

function specOf(id: string, inputs: Fields, required: readonly string[], outputs: Fields | null) {
  return {
    id,
    version: "1.0.0",
    name: id,
    description: "Of the tests.",
    operation: "READ",
    risk: { level: "LOW", justification: "None." },
    side_effects: ["read_only"],
    undo: { kind: "none" },
    inputs: { type: "object", properties: inputs, required },
    outputs:
      outputs === null
        ? { type: "object", additionalProperties: true }
        : { type: "object", properties: outputs },
  };
}
