import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, describe, expect, test } from "vitest";

import { findBubblewrap } from "../../src/sandbox/bubblewrap.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { AS_AGENT, chainIn } from "./chain.ts";
import { installFilesystemServer } from "./real-server.ts";

verifies("import:proposals", "import:derived", "import:drift");

const directory = scratch();
afterAll(() => directory[Symbol.dispose]());
const { ok, json, codeOf, activate, suspensionOf } = chainIn(directory.path);
const workspace = join(directory.path, "workspace");
const text = (file: string) => readFileSync(join(workspace, file), "utf8");

describe.runIf((await findBubblewrap()).isAvailable)("the reference filesystem server, a program", () => {
  const server = installFilesystemServer(directory.path);
  const command = ["import", "mcp", "files", "--command", "node", "--readable", server.readable];
  const importing = (...more: readonly string[]) => [
    ...command,
    "--tools",
    "read_text_file,write_file,move_file",
    ...more,
    "--",
    server.program,
    "/workspace",
  ];
  mkdirSync(workspace);
  writeFileSync(join(workspace, "notes.txt"), "before");

  test("is imported, reviewed, approved and activated; what it says about itself lowers nothing", async () => {
    const proposed = await ok(importing("--reason", "the desk asks"), AS_AGENT);
    expect(proposed).toMatchObject({ risk: "HIGH", source: "third_party" });
    expect(proposed.imported?.tools.map(({ capability }) => capability)).toEqual([
      "files.read_text_file",
      "files.write_file",
      "files.move_file",
    ]);
    expect(proposed.imported?.tools[0]?.claims).toContain("readOnlyHint: true");
    expect(proposed.contracts?.[0]?.effects).toContain("filesystem_delete");
    await activate(String(proposed.id), "files");
  });

  test("writes and moves files of the run, each as an effect that is undone", async () => {
    const write = await ok([
      "run",
      "files.write_file",
      "--input",
      "path=notes.txt",
      "--input",
      "content=after",
    ]);
    expect(text("notes.txt")).toBe("after");
    await ok(["run", "files.move_file", "--input", "source=notes.txt", "--input", "destination=moved.txt"]);
    expect([existsSync(join(workspace, "notes.txt")), text("moved.txt")]).toEqual([false, "after"]);
    await ok(["undo"]);
    expect([existsSync(join(workspace, "moved.txt")), text("notes.txt")]).toEqual([false, "after"]);
    await ok(["undo", String(write.run)]);
    expect(text("notes.txt")).toBe("before");
    const read = await ok(["run", "files.read_text_file", "--input", "path=notes.txt"]);
    expect(JSON.stringify(read)).toContain("before");
    await ok(["audit", "verify"]);
  });

  test("sees nothing of the machine, and a failed call of it leaves nothing behind", async () => {
    expect(await codeOf(["run", "files.read_text_file", "--input", "path=/etc/passwd"])).toBe(
      "SERVICE_REFUSED",
    );
    expect(text("notes.txt")).toBe("before");
  });

  test("in another release it is drift: not called, and the pack is suspended until it is approved anew", async () => {
    server.change('title: "Write File"', 'title: "Write Files"');
    const call = ["run", "files.write_file", "--input", "path=notes.txt", "--input", "content=late"];
    const { document, exitCode } = await json(call);
    expect([exitCode, document.failure?.code]).toEqual([11, "DRIFTED"]);
    expect(text("notes.txt")).toBe("before");
    expect(await suspensionOf("files")).toBe("drift");
    // Also what did not change.
    expect(await codeOf(["run", "files.read_text_file", "--input", "path=notes.txt"])).toBe("SUSPENDED");
    expect((await json(importing("--check"))).exitCode).toBe(1);

    const { id, subject } = await ok(importing("--reason", "the new release"), AS_AGENT);
    expect(subject?.version).toBe("1.1.0");
    await activate(String(id), "files@1.1.0");
    await ok(call);
    expect(text("notes.txt")).toBe("late");
  });
});
