import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

import { defineCapability, type Runtime, type RunView } from "../src/index.ts";
import { workspaceIn } from "./installation.ts";

export type Load = {
  /** Read a counter, add one and write it back, in one handler. */
  readonly increments: number;
  /** The same in three steps. */
  readonly stepIncrements: number;
  /** Write the same two files, in opposite orders. */
  readonly crossings: number;
  /** `load_test_quick` in a directory of its own. */
  readonly independent: number;
  /** A run that ends when it has been executed by as many processes; left out, there is none. */
  readonly meeting?: number;
};

export type Observed = {
  /** Runs by their status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What went wrong, of runs that did not complete. */
  readonly failures: readonly string[];
  /** Times that a run was taken back and started again, because another held a path. */
  readonly restarts: number;
  readonly counters: readonly number[];
  /** The two files of each pair. */
  readonly pairs: readonly (readonly [string, string])[];
  readonly quickFiles: readonly string[];
};

export const COUNTERS = 10;
const PAIRS = 10;

const increment = defineCapability({
  id: "test.increment",
  version: "1.0.0",
  description: "Adds one to the number in a file.",
  input: z.strictObject({ path: z.string() }),
  output: z.strictObject({ value: z.int() }),
  risk: { level: "MEDIUM", justification: "one file of the workspace" },
  sideEffects: ["filesystem_read", "filesystem_write"],
  undo: { kind: "reversible" },
  async run({ fs }, { path }) {
    const value = Number((await fs.read(path)).toString()) + 1;
    await fs.write(path, String(value));
    return { value };
  },
});

const addOne = defineCapability({
  id: "test.add_one",
  version: "1.0.0",
  description: "The next number.",
  input: z.strictObject({ text: z.string() }),
  output: z.strictObject({ next: z.string() }),
  risk: { level: "LOW", justification: "it touches nothing" },
  sideEffects: ["read_only"],
  undo: { kind: "none" },
  run: (_, { text }) => Promise.resolve({ next: String(Number(text) + 1) }),
});

const meet = defineCapability({
  id: "test.meet",
  version: "1.0.0",
  description: "Waits until as many processes have come here.",
  input: z.strictObject({ place: z.string(), processes: z.int() }),
  output: z.strictObject({}),
  risk: { level: "LOW", justification: "it touches nothing of the workspace" },
  sideEffects: ["read_only"],
  undo: { kind: "none" },
  async run({ signal }, { place, processes }) {
    writeFileSync(join(place, String(process.pid)), "");
    while (readdirSync(place).length < processes) await sleep(2, undefined, { signal });
    return {};
  },
});

export const manyRunsCapabilities = [increment, addOne, meet];

const write = (name: string, path: string, content: string, ...after: string[]) => ({
  name,
  capability_name: "io.fs.write_file",
  inputs: { path, content },
  depends_on: after,
});

const WORKFLOWS = {
  steps: [
    { name: "read", capability_name: "io.fs.read_file", inputs: { path: "{{ path }}" } },
    {
      name: "add",
      capability_name: "test.add_one",
      inputs: { text: "{{ read.content }}" },
      depends_on: ["read"],
    },
    write("write", "{{ path }}", "{{ add.next }}", "add"),
  ],
  crossing: [write("one", "{{ first }}", "{{ value }}"), write("two", "{{ second }}", "{{ value }}", "one")],
};

/** Lays out the workspace and the workflow files of a load. */
export function layOut(directory: string, load: Load): void {
  const workspace = workspaceIn(directory);
  mkdirSync(join(workspace, "pairs"), { recursive: true });
  for (let index = 0; index < COUNTERS; index++) writeFileSync(join(workspace, `counter-${index}`), "0");
  mkdirSync(meetingPlace(directory));
  for (let index = 0; index < load.independent; index++) mkdirSync(join(workspace, `own-${index}`));
  for (const [name, steps] of Object.entries(WORKFLOWS))
    writeFileSync(fileOf(directory, name), JSON.stringify(workflow(name, steps)));
}

/** Everything at once. */
export function runLoad(runtime: Runtime, directory: string, load: Load): Promise<RunView[]> {
  const { meeting } = load;
  return Promise.all([
    ...(meeting === undefined
      ? []
      : [runtime.run("test.meet", { inputs: { place: meetingPlace(directory), processes: meeting } })]),
    ...times(load.increments, (index) => runtime.run("test.increment", counterOf(index))),
    ...times(load.stepIncrements, (index) => runtime.run(fileOf(directory, "steps"), counterOf(index))),
    ...times(load.crossings, (index) => crossPair(runtime, directory, index)),
    ...times(load.independent, (index) =>
      runtime.run("load_test_quick", { inputs: { run_id: String(index) }, cwd: `own-${index}` }),
    ),
  ]);
}

function meetingPlace(directory: string): string {
  return join(directory, "meeting");
}

function counterOf(index: number): { readonly inputs: Readonly<Record<string, unknown>> } {
  return { inputs: { path: `counter-${index % COUNTERS}` } };
}

function crossPair(runtime: Runtime, directory: string, index: number): Promise<RunView> {
  const pair = ["left", "right"].map((side) => `pairs/${side}-${Math.floor(index / 2) % PAIRS}`);
  const [first, second] = index % 2 === 0 ? pair : pair.toReversed();
  return runtime.run(fileOf(directory, "crossing"), { inputs: { first, second, value: String(index) } });
}

export function observeLoad(directory: string, load: Load, views: readonly RunView[]): Observed {
  const workspace = workspaceIn(directory);
  const textOf = (path: string): string => readFileSync(join(workspace, path), "utf8");
  return {
    statuses: Object.fromEntries(
      Map.groupBy(views, ({ status }) => status)
        .entries()
        .map(([status, of]) => [status, of.length]),
    ),
    failures: views.flatMap(({ failure }) =>
      failure === null ? [] : [`${failure.code}: ${failure.message}`],
    ),
    restarts: views.reduce((sum, { attempt }) => sum + attempt - 1, 0),
    counters: times(COUNTERS, (index) => Number(textOf(`counter-${index}`))),
    pairs: times(
      Math.min(PAIRS, load.crossings / 2),
      (index) => [textOf(`pairs/left-${index}`), textOf(`pairs/right-${index}`)] as const,
    ),
    quickFiles: times(load.independent, (index) => textOf(`own-${index}/out.txt`).split("\n")[0] ?? ""),
  };
}

function workflow(name: string, steps: readonly object[]): object {
  return { name, version: "1.0.0", description: name, metadata: { owner: "test" }, steps };
}

function fileOf(directory: string, name: string): string {
  return join(directory, `${name}.json`);
}

function times<Result>(count: number, make: (index: number) => Result): Result[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
