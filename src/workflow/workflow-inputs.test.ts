import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { createRuntime, type Runtime } from "../index.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { loadWorkflow } from "./load-workflow.ts";

verifies("workflow:semantics");

const DECLARED = `
inputs:
  type: object
  properties:
    to: { type: string, minLength: 1 }
    times: { type: integer, default: 2 }
    token: { type: string, x-sensitive: true }
  required: [to]
`;
const GREET = `
name: greet
version: 1.0.0
description: Greets somebody.
metadata: { owner: test }
${DECLARED}
steps:
  - name: write
    capability_name: io.fs.write_file
    inputs: { path: greeting.txt, content: "{{ times }} x {{ to }}" }
`;
const CALL = (inputs: string) => `
name: call
version: 1.0.0
description: Lets another workflow greet.
metadata: { owner: test }
steps:
  - { name: greet, step_type: WORKFLOW, workflow: greet, inputs: ${inputs} }
`;

const PACK = `
pack_id: pack.greeting
name: greeting
version: 1.0.0
description: Greets.
state: ACTIVE
includes: { capabilities: [], workflows: [greet] }
`;

/** A runtime whose assets have the workflow too. */
async function open(directory: string): Promise<Runtime> {
  const assets = join(directory, "assets");
  cpSync(join(import.meta.dirname, "../../assets"), assets, { recursive: true });
  mkdirSync(join(assets, "packs/greeting"));
  writeFileSync(join(assets, "packs/greeting/pack.yaml"), PACK);
  writeFileSync(join(assets, "packs/greeting/greet.yaml"), GREET);
  const env = { AI_FIRST_HOME: join(directory, "home"), AI_FIRST_ASSETS_DIR: assets };
  return createRuntime({ workspace: join(directory, "w"), env });
}

test.for<[string, Record<string, unknown>, string]>([
  ["a missing input", {}, "inputs.to is missing"],
  ["a wrong type", { to: "Ann", times: "three" }, 'inputs.times must be integer (got "three")'],
  ["an unknown one", { to: "Ann", tiems: 3 }, 'inputs.tiems is not a known field; did you mean "times"?'],
])("%s is refused before anything is recorded", async ([, inputs, message], { expect: see }) => {
  using directory = scratch();
  await using runtime = await open(directory.path);
  await see(runtime.run("greet", { inputs })).rejects.toMatchObject({
    code: "INPUT_INVALID",
    message: expect.stringContaining(message) as unknown,
  });
  see(runtime.ledger.runs()).toEqual([]);
});

test("defaults are filled in, and secrets are sealed", async () => {
  using directory = scratch();
  await using runtime = await open(directory.path);
  const inputs = { to: "Ann", token: "a-very-secret-token" };
  const { status } = await runtime.run("greet", { inputs });
  expect(status).toBe("COMPLETED");
  expect(readFileSync(join(directory.path, "w/greeting.txt"), "utf8")).toBe("2 x Ann");
  const [started] = runtime.ledger.entries({ types: ["run-started"], sealed: true });
  expect(JSON.stringify(started)).not.toContain("a-very-secret-token");
});

test("a schema that could harm the runtime, and a name that nobody declares, are errors of the file", async () => {
  using directory = scratch();
  await using runtime = await open(directory.path);
  const remote = GREET.replace("type: object", 'type: object\n  $ref: "https://example.org/x"');
  await expect(loadWorkflow(remote, "w.yaml", runtime.registry)).rejects.toThrow(
    /inputs: A schema has the \$ref/,
  );
  const unnamed = GREET.replace("{{ to }}", "{{ too.much }}");
  const loaded = loadWorkflow(unnamed, "w.yaml", runtime.registry);
  await expect(loaded).rejects.toThrow(/nothing is named "too"/);
});

test("a step that runs the workflow gives it what it takes, or fails; a plan foresees both", async () => {
  using directory = scratch();
  await using runtime = await open(directory.path);
  const run = async (inputs: string) => {
    const file = join(directory.path, "call.yaml");
    writeFileSync(file, CALL(inputs));
    const plan = await runtime.plan(file);
    const { status, failure } = await runtime.run(file);
    return [plan.outcome, status, failure?.message ?? null];
  };
  expect(await run("{ to: Ann }")).toEqual(["completes", "COMPLETED", null]);
  const message = expect.stringContaining("inputs.times must be integer") as unknown;
  expect(await run("{ to: Ann, times: many }")).toEqual(["fails", "FAILED", message]);
});
