import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { findAssets } from "../src/kernel/assets.ts";
import { createRegistry } from "../src/kernel/registry.ts";
import { HANDLERS } from "../src/skills/handlers.ts";
import { loadWorkflow } from "../src/workflow/load-workflow.ts";
import { openIn, workspaceIn } from "./installation.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("docs:true");

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WORKFLOWS = join(ROOT, "examples/workflows");
const files = readdirSync(WORKFLOWS);

test.for(files)("%s is a valid workflow", async (file) => {
  const registry = createRegistry({ assets: findAssets({}), handlers: HANDLERS, extra: [] });
  const { warnings } = await loadWorkflow(readFileSync(join(WORKFLOWS, file), "utf8"), file, registry);
  expect(warnings).toEqual([]);
});

test.for([
  ["branches.yaml", "COMPLETED", { "large.txt": "120 euros\n" }],
  ["fan-out.yaml", "COMPLETED", { "letters/count.txt": "3 letters\n" }],
  ["restricted.yaml", "ROLLED_BACK", { "a.txt": null }],
  ["nested.yaml", "COMPLETED", { "note.txt": /^[0-9a-f]{64}$/ }],
] as const)("%s ends as it is described", async ([file, status, texts]) => {
  using directory = scratch();
  await using runtime = await openIn(directory.path);
  expect(await runtime.run(join(WORKFLOWS, file))).toMatchObject({ status });
  for (const [path, text] of Object.entries(texts)) {
    const full = join(workspaceIn(directory.path), path);
    if (text === null) expect(existsSync(full)).toBe(false);
    else expect(readFileSync(full, "utf8")).toMatch(text);
  }
});

test("draft-letter.yaml waits for a human, and sends the letter when it is approved", async () => {
  using directory = scratch();
  await using runtime = await openIn(directory.path);
  const { run, status } = await runtime.run(join(WORKFLOWS, "draft-letter.yaml"));
  expect(status).toBe("PAUSED");
  const view = await runtime.decide(run, { decision: "approved", reason: "read it" });
  expect(view.status).toBe("COMPLETED");
  const letter = readFileSync(join(workspaceIn(directory.path), "outbox/letter.txt"), "utf8");
  expect(letter).toBe("Dear Harbour Café,\nyour bill is 120 euros.\n");
});

const PAGES = ["README.md", "README.zh-CN.md", "ARCHITECTURE.md", "CHANGELOG.md", ...markdownIn("docs")];
const examples = [
  ...files.map((file) => `examples/workflows/${file}`),
  ...readdirSync(join(ROOT, "examples/quests")).map((file) => `examples/quests/${file}`),
  "examples/shout.ts",
  "examples/governor.ts",
  "examples/policy-cases.yaml",
].map((file) =>
  unindent(readFileSync(join(ROOT, file), "utf8").replace("../src/index.ts", "ai-first-runtime")),
);

test.for(PAGES)("the code that %s shows is part of an example", (page) => {
  for (const [, code = ""] of readPage(page).matchAll(/^```(?:yaml|ts)\n([^]*?)^```$/gm))
    expect(
      examples.some((example) => example.includes(unindent(code))),
      code,
    ).toBe(true);
});

test.for(PAGES)("every relative link of %s leads somewhere", (page) => {
  const links = [...readPage(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)];
  const broken = links.filter(([, link = ""]) => !existsSync(join(ROOT, page, "..", link)));
  expect(broken.map(([link]) => link)).toEqual([]);
});

test("every file that ARCHITECTURE.md names is there", () => {
  const named = [
    ...readPage("ARCHITECTURE.md").matchAll(/`(?:src\/)?([a-z]+\/[\w./-]+\.(?:test\.)?[jt]s)`/g),
  ];
  expect(named.length).toBeGreaterThan(30);
  const missing = named.filter(
    ([, file = ""]) => !["src", "."].some((at) => existsSync(join(ROOT, at, file))),
  );
  expect(missing.map(([file]) => file)).toEqual([]);
});

function readPage(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

function markdownIn(directory: string): string[] {
  const names = readdirSync(join(ROOT, directory)).filter((name) => name.endsWith(".md"));
  return names.map((name) => `${directory}/${name}`);
}

/** Part of a file stands further left on a page. */
function unindent(code: string): string {
  return code.replaceAll(/^ +/gm, "");
}
