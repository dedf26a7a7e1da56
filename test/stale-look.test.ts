import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";

import { testCapabilities } from "./crash/capabilities.ts";
import { openIn, verifyIn, workspaceIn } from "./installation.ts";
import { scratch } from "./scratch.ts";
import { snapshot } from "./snapshot.ts";
import { oneIn } from "./one-in.ts";
import { verifies } from "./requirements.ts";

verifies("workspace:leases", "undo:crash", "undo:conflict");

type Step = { readonly capability_name: string; readonly inputs: Readonly<Record<string, unknown>> };

const write = (path: string, content: string): Step => ({
  capability_name: "io.fs.write_file",
  inputs: { path, content, create_dirs: true },
});
const remove = (path: string): Step => ({
  capability_name: "io.fs.delete",
  inputs: { path, recursive: true },
});
const makeDir = (path: string): Step => ({ capability_name: "io.fs.make_dir", inputs: { path } });
const move = (source: string, destination: string): Step => ({
  capability_name: "io.fs.move",
  inputs: { source, destination, overwrite: true },
});

test.for(
  oneIn<[string, Step, Step]>(5, [
    ["other content", write("file", "rival"), write("file", "own")],
    ["the same content", write("file", "own"), write("file", "own")],
    ["a new file", write("new", "rival"), write("new", "rival")],
    ["a file that is gone", remove("file"), remove("file")],
    ["a file that is gone, to be written", remove("file"), write("file", "own")],
    ["a file that is elsewhere now", move("file", "moved"), remove("file")],
    ["a file that was replaced by another", move("other", "file"), move("file", "moved")],
    ["a new directory", makeDir("new"), makeDir("new")],
    ["a new directory above", makeDir("new"), write("new/file", "own")],
    ["a directory that is gone", remove("tree"), write("tree/file", "own")],
    ["a tree with another content", write("tree/file", "rival"), remove("tree")],
  ]),
)("what another run did between look and intent stays, also after a crash: %s", async ([, rival, own]) => {
  using directory = scratch();
  const files = workspaceIn(directory.path);
  mkdirSync(join(files, "tree"), { recursive: true });
  for (const name of ["file", "other", "tree/file"]) writeFileSync(join(files, name), name);
  await using runtime = await openIn(directory.path, { capabilities: testCapabilities });
  const { child } = await spawnLooking("stale-look-driver.ts", directory.path, JSON.stringify(own));
  const view = await runtime.run(rival.capability_name, { inputs: rival.inputs });
  expect(view).toMatchObject({ status: "COMPLETED", attempt: 1 });
  const present = snapshot(files, { times: true });
  writeFileSync(join(directory.path, "go"), "");
  await once(child, "exit");

  const recovered = await runtime.recover();
  const late = runtime.ledger.runs().find(({ id }) => id !== view.run)?.id ?? "";
  expect(recovered).toHaveLength(child.signalCode === "SIGKILL" ? 1 : 0);
  expect(runtime.show(late).failure?.code).toMatch(/^(CONTENT_INVALID|FILE_NOT_FOUND|ALREADY_EXISTS)$/);
  expect(snapshot(files, { times: true })).toEqual(present);
  await runtime.ledger.flush();
  expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
});

test("an undo does not write over what another run did after its look", async () => {
  using directory = scratch();
  const file = join(workspaceIn(directory.path), "file");
  await using runtime = await openIn(directory.path);
  writeFileSync(file, "first");
  const { child, lines } = await spawnLooking("stale-undo-driver.ts", directory.path);
  const { run } = await runtime.run("io.fs.write_file", { inputs: { path: "file", content: "rival" } });
  writeFileSync(join(directory.path, "go"), "");
  expect(await lines.next()).toMatchObject({ value: "LEASE_CONFLICT" });
  if (child.exitCode === null) await once(child, "exit");
  expect(readFileSync(file, "utf8")).toBe("rival");

  const late = runtime.ledger.runs().find(({ id }) => id !== run)?.id ?? "";
  await expect(runtime.undo(late)).rejects.toMatchObject({ code: "UNDO_CONFLICT" });
  await runtime.undo(run);
  expect(await runtime.undo(late)).toMatchObject({ status: "ROLLED_BACK" });
  expect(readFileSync(file, "utf8")).toBe("first");
});

type Looking = { readonly child: ChildProcessWithoutNullStreams; readonly lines: AsyncIterator<string> };

/** Another process that has looked at what it is going to change. */
async function spawnLooking(driver: string, ...args: readonly string[]): Promise<Looking> {
  const child = spawn(process.execPath, [join(import.meta.dirname, driver), ...args]);
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value } = await lines.next();
  if (value !== "looked") throw new Error(`${driver} did not look:\n${stderr}`);
  return { child, lines };
}
