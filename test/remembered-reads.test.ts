import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

import type { Runtime, RunView } from "../src/index.ts";
import { openIn, verifyIn, workspaceIn } from "./installation.ts";
import { readsCapabilities } from "./reads-capabilities.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("workspace:leases", "workflow:recovery");

const DRIVER = join(import.meta.dirname, "reads-driver.ts");

const gate = {
  name: "gate",
  step_type: "HUMAN_APPROVAL",
  inputs: { message: "go on?" },
  depends_on: ["read"],
};
const die = { name: "gate", capability_name: "test.die", inputs: {}, depends_on: ["read"] };

/** Adds one to the sum of what some files hold, and writes it to the first of them, in two steps with one in between. */
function layOut(directory: string, between: object, paths: readonly string[]): string {
  const file = join(directory, "flow.json");
  const steps = [
    { name: "read", capability_name: "test.sum", inputs: { paths } },
    between,
    {
      name: "write",
      capability_name: "io.fs.write_file",
      inputs: { path: paths[0], content: "{{ read.next }}", create_dirs: true },
      depends_on: ["gate"],
    },
  ];
  const flow = { name: "flow", version: "1.0.0", description: "d", metadata: { owner: "test" }, steps };
  writeFileSync(file, JSON.stringify(flow));
  mkdirSync(join(workspaceIn(directory), "in"), { recursive: true });
  return file;
}

const open = (directory: string): Promise<Runtime> =>
  openIn(directory, { capabilities: readsCapabilities(async () => {}) });

async function approve(runtime: Runtime, { run }: RunView): Promise<RunView> {
  return runtime.decide(run, { decision: "approved", reason: "test" });
}

type World = { readonly runtime: Runtime; readonly file: string };
const increment = async ({ runtime }: World): Promise<void> => {
  const view = await runtime.run("io.fs.write_file", { inputs: { path: "in/file", content: "10" } });
  expect(view.status).toBe("COMPLETED");
};

test.for<[string, string | null, (world: World) => unknown, boolean]>([
  ["another run's update", "1", increment, true],
  ["another run's new file", null, increment, true],
  ["somebody's edit", "1", ({ file }) => writeFileSync(file, "10"), true],
  ["a removal", "1", ({ file }) => rmSync(file), true],
  ["a removal of its directory", "1", ({ file }) => rmSync(dirname(file), { recursive: true }), true],
  ["another time", "1", ({ file }) => utimesSync(file, 1, 1), false],
  ["the same content in another file", "1", ({ file }) => (rmSync(file), writeFileSync(file, "1")), false],
  ["nothing", null, () => {}, false],
])(
  "between a read and a write in a later step, across a pause: %s",
  async ([, content, change, isConflict]) => {
    using directory = scratch();
    const flow = layOut(directory.path, gate, ["in/file"]);
    const file = join(workspaceIn(directory.path), "in/file");
    if (content !== null) writeFileSync(file, content);
    await using runtime = await open(directory.path);
    const paused = await runtime.run(flow);
    expect(paused.status).toBe("PAUSED");
    await change({ runtime, file });
    const present = Number(readOrEmpty(file));
    const first = await approve(runtime, paused);
    expect(first).toMatchObject({ status: isConflict ? "PAUSED" : "COMPLETED", attempt: isConflict ? 2 : 1 });
    const view = isConflict ? await approve(runtime, paused) : first;
    expect(view.status).toBe("COMPLETED");
    expect(readFileSync(file, "utf8")).toBe(String(present + 1));
  },
);

test("between a read and a write in a later step, across a crash", async () => {
  using directory = scratch();
  const flow = layOut(directory.path, die, ["in/file"]);
  const file = join(workspaceIn(directory.path), "in/file");
  writeFileSync(file, "1");
  await using runtime = await open(directory.path);
  const [, signal] = (await once(
    spawn(process.execPath, [DRIVER, directory.path, flow]),
    "exit",
  )) as unknown[];
  expect(signal).toBe("SIGKILL");
  const late = runtime.ledger.runs()[0]?.id ?? "";
  await increment({ runtime, file });
  await runtime.recover();
  expect(runtime.show(late)).toMatchObject({ status: "COMPLETED", attempt: 2 });
  expect(readFileSync(file, "utf8")).toBe("11");
  await runtime.ledger.flush();
  expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
});

test("a path that the run has changed itself since it read it is no conflict", async () => {
  using directory = scratch();
  const flow = layOut(directory.path, gate, ["in/file"]);
  const spec = JSON.parse(readFileSync(flow, "utf8")) as { steps: { name: string; depends_on?: string[] }[] };
  const [read, pause, write] = spec.steps;
  const early = { ...write, name: "early", depends_on: ["read"] };
  spec.steps = [read, early, { ...pause, depends_on: ["early"] }, write] as typeof spec.steps;
  writeFileSync(flow, JSON.stringify(spec));
  writeFileSync(join(workspaceIn(directory.path), "in/file"), "1");
  await using runtime = await open(directory.path);
  const view = await approve(runtime, await runtime.run(flow));
  expect(view).toMatchObject({ status: "COMPLETED", attempt: 1 });
});

test("that a file could not be read is remembered too", async () => {
  using directory = scratch();
  const flow = layOut(directory.path, gate, ["in/file"]);
  const spec = JSON.parse(readFileSync(flow, "utf8")) as { steps: { capability_name: string }[] };
  if (spec.steps[0] !== undefined) spec.steps[0].capability_name = "test.try";
  writeFileSync(flow, JSON.stringify(spec));
  await using runtime = await open(directory.path);
  const paused = await runtime.run(flow);
  await increment({ runtime, file: "" });
  expect(await approve(runtime, paused)).toMatchObject({ status: "PAUSED", attempt: 2 });
});

const MANY = Array.from({ length: 300 }, (_, index) => `dir/${index}`);

test.for<[string, string, boolean]>([
  ["what will be written", "dir/0", true],
  ["what was read and will not be written", "dir/1", false],
  ["what was not read", "other", false],
])("many files are remembered by their directory; another run changes %s", async ([, path, isConflict]) => {
  using directory = scratch();
  const flow = layOut(directory.path, gate, MANY);
  mkdirSync(join(workspaceIn(directory.path), "dir"));
  for (const name of MANY) writeFileSync(join(workspaceIn(directory.path), name), "1");
  await using runtime = await open(directory.path);
  const paused = await runtime.run(flow);
  expect(readsOf(runtime, paused)).toEqual([{ path: "dir", mark: expect.any(Number) as number }]);
  await runtime.run("io.fs.write_file", { inputs: { path, content: "10" } });
  const first = await approve(runtime, paused);
  expect(first).toMatchObject({ status: isConflict ? "PAUSED" : "COMPLETED", attempt: isConflict ? 2 : 1 });
  if (isConflict) expect(await approve(runtime, paused)).toMatchObject({ status: "COMPLETED", attempt: 2 });
});

const sum = (name: string, paths: readonly string[], after: string): object => ({
  name,
  capability_name: "test.sum",
  inputs: { paths },
  depends_on: [after],
});

test("an entry names what its step read first, and nothing that the run read before or wrote itself", async () => {
  using directory = scratch();
  const flow = layOut(directory.path, gate, ["in/file"]);
  writeFileSync(join(workspaceIn(directory.path), "in/file"), "1");
  const spec = JSON.parse(readFileSync(flow, "utf8")) as { steps: object[] };
  spec.steps.push(sum("again", ["in/file"], "write"), sum("both", ["in/file", "new"], "again"));
  writeFileSync(flow, JSON.stringify(spec));
  await using runtime = await open(directory.path);
  const view = await approve(runtime, await runtime.run(flow));
  expect(view.status).toBe("COMPLETED");
  expect(readsOf(runtime, view)).toEqual([
    { path: "in/file", mark: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    { path: "in/file", mark: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    { path: "new", mark: "absent" },
  ]);
  const single = await runtime.run("io.fs.read_file", { inputs: { path: "in/file" } });
  expect(readsOf(runtime, single)).toEqual([]);
});

function readsOf({ ledger }: Runtime, { run }: RunView): unknown[] {
  return [...ledger.entries({ run, types: ["step-completed"] })].flatMap((entry) =>
    entry.type === "step-completed" ? (entry.data.reads ?? []) : [],
  );
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
