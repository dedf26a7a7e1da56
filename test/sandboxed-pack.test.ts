import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { findBubblewrap } from "../src/sandbox/bubblewrap.ts";
import { runFake } from "./cli/run-fake.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("sandbox:handlers", "governance:packs");

const EXAMPLE = join(import.meta.dirname, "../examples/packs/contents");
const { isAvailable } = await findBubblewrap();

let directory: ReturnType<typeof scratch>;
beforeEach(() => {
  directory = scratch();
  cpSync(EXAMPLE, join(directory.path, "contents"), { recursive: true });
  mkdirSync(join(directory.path, "workspace/notes"), { recursive: true });
  writeFileSync(join(directory.path, "workspace/notes/tea.md"), "# Tea\n\n## Green\n");
});
afterEach(() => directory[Symbol.dispose]());

type Document = { readonly exitCode: number; readonly [field: string]: unknown };

async function airun(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Document> {
  const { stdout, exitCode } = await runFake([...argv, "--json"], { directory: directory.path, env });
  return { ...(JSON.parse(stdout) as object), exitCode };
}

async function activate(kind: "pack" | "facade", path: string, name: string): Promise<void> {
  const proposed = await airun(["propose", path, "--reason", "needed"], { AI_FIRST_AGENT: "helper" });
  expect(proposed).toMatchObject({ exitCode: 0 });
  expect(await airun(["approve", String(proposed["id"])])).toMatchObject({ exitCode: 0 });
  expect(await airun([kind, "activate", name, "--reason", "go"])).toMatchObject({ exitCode: 0 });
}

const RUN = ["run", "docs.contents.write", "--input", "directory=notes"];
const written = () => join(directory.path, "workspace/notes/CONTENTS.md");

describe.runIf(isAvailable)("the example pack with code of its own", () => {
  test("is proposed, approved, activated, run and undone", async () => {
    await activate("pack", "contents", "contents");
    expect(await airun(RUN)).toMatchObject({ status: "COMPLETED", outputs: { files: 1, headings: 2 } });
    expect(readFileSync(written(), "utf8")).toBe("- [Tea](tea.md)\n  - Green\n");
    expect(await airun(["undo"])).toMatchObject({ status: "ROLLED_BACK" });
    expect(existsSync(written())).toBe(false);
  });

  test("is suspended with the facade that leads to it when it did more than it declares, until an admin reinstates it", async () => {
    const spec = join(directory.path, "contents/capabilities/docs_contents_write.yaml");
    const narrowed = readFileSync(spec, "utf8")
      .replace("[filesystem_read, filesystem_write]", "[filesystem_read]")
      .replace("kind: reversible", "kind: none");
    writeFileSync(spec, narrowed);
    writeFileSync(
      join(directory.path, "contents/contents_of_notes.yaml"),
      `name: contents_of_notes
version: 1.0.0
description: Lists the notes.
metadata: { owner: desk }
steps:
  - { name: list, capability_name: docs.contents.write, inputs: { directory: notes } }
`,
    );
    const pack = join(directory.path, "contents/pack.yaml");
    writeFileSync(
      pack,
      readFileSync(pack, "utf8").replace("write] }", "write], workflows: [contents_of_notes] }"),
    );
    writeFileSync(
      join(directory.path, "lister.yaml"),
      `{ name: lister, version: 1.0.0, description: Lists the notes., triggers: [list my notes], routes: { primary: { type: pack, ref: contents } } }`,
    );
    await activate("pack", "contents", "contents");
    await activate("facade", "lister.yaml", "lister");
    expect(await airun(["facade", "run", "lister"])).toMatchObject({
      failure: { code: "EFFECT_UNDECLARED" },
    });
    expect(existsSync(written())).toBe(false);
    expect(await airun(["facade", "run", "lister"])).toMatchObject({ error: { code: "SUSPENDED" } });
    expect(await airun(RUN)).toMatchObject({ failure: { code: "SUSPENDED" } });
    const { stdout } = await runFake(["pack", "list"], { directory: directory.path });
    expect(stdout).toContain("suspended (undeclared-effect)");
    expect(await airun(["pack", "reinstate", "contents", "--reason", "looked at it"])).toMatchObject({
      exitCode: 0,
    });
    expect(await airun(RUN)).toMatchObject({ failure: { code: "EFFECT_UNDECLARED" } });
  });

  test("starts nothing where there is no sandbox that it may have", async () => {
    await activate("pack", "contents", "contents");
    expect(await airun(RUN, { AI_FIRST_SANDBOX: "none" })).toMatchObject({
      failure: { code: "SANDBOX_UNAVAILABLE" },
    });
    expect(existsSync(written())).toBe(false);
    expect(await airun(RUN, { AI_FIRST_SANDBOX: "node" })).toMatchObject({ status: "COMPLETED" });
  });
});
