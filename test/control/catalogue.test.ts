import { afterAll, beforeAll, expect, test } from "vitest";

import { OfferList, WorkflowText } from "../../src/contract/rest/chain.ts";
import { PlanOfRun } from "../../src/contract/rest/run.ts";
import { Problem } from "../../src/contract/rest/problem.ts";
import { Session } from "../../src/contract/rest/service.ts";
import { graphOf } from "../../src/operate/workflow-graph.ts";
import { WorkflowSpec } from "../../src/contract/workflow.ts";
import { verifies } from "../requirements.ts";
import { openTestControl, type TestControl } from "./open.ts";

verifies("control:catalogue");

let control: TestControl;
beforeAll(async () => {
  control = await openTestControl();
});
afterAll(() => control[Symbol.asyncDispose]());

test("a session says who the token stands for, and names no path", async () => {
  const { body } = await control.ask("GET", "/v1/session");
  const session = Session.parse(body);
  expect(session).toMatchObject({ workspace: "workspace", expiresAt: null, principal: { service: "rest" } });
  expect(session.roles).toContain("admin");
  expect(session.registered).toContain("admin");
  expect(JSON.stringify(body)).not.toContain(control.directory.path);
});

test("offers are what may be run now, each with the schema of its inputs", async () => {
  const { offers } = OfferList.parse((await control.ask("GET", "/v1/offers")).body);
  const write = offers.find(({ name }) => name === "io.fs.write_file");
  expect(write).toMatchObject({ kind: "capability", risk: "MEDIUM", inputs: { type: "object" } });
  expect(offers.some(({ kind }) => kind === "facade")).toBe(true);
  await control.ask("POST", "/v1/packs/agent-tools/1.0.0/freeze", { reason: "test" });
  const after = OfferList.parse((await control.ask("GET", "/v1/offers")).body);
  expect(after.offers.some(({ name }) => name === "io.fs.write_file")).toBe(false);
});

test("a workflow file comes with its inputs and its steps", async () => {
  const { body } = await control.ask("GET", "/v1/workflow-files/load_test_quick");
  const { inputs, steps } = WorkflowText.parse(body);
  expect(inputs).toMatchObject({ type: "object" });
  expect(steps?.[0]).toMatchObject({ block: null, waitsFor: [] });
});

const action = (name: string, ...depends_on: string[]) => ({
  name,
  depends_on,
  capability_name: "sys.info.get_time",
});

test("the graph of a workflow has what each step waits for, in every block", () => {
  const { steps } = WorkflowSpec.parse({
    name: "w",
    version: "1.0.0",
    description: "d",
    metadata: { owner: "o" },
    steps: [
      { name: "together", step_type: "PARALLEL", steps: [action("a"), action("b", "a"), action("c")] },
      { name: "if", step_type: "CONDITION", condition: "true", then: [action("d"), action("e")] },
    ],
  });
  const graph = graphOf({ steps });
  const waits = Object.fromEntries(graph.map(({ step, waitsFor }) => [step, waitsFor]));
  expect(waits).toEqual({
    together: [],
    if: ["together"],
    "together/a": [],
    "together/b": ["together/a"],
    "together/c": [],
    "if/d": [],
    "if/e": ["if/d"],
  });
  expect(graph.find(({ step }) => step === "if/e")).toMatchObject({ block: "if", branch: "then" });
});

test("a workflow of one's own is planned before it is started", async () => {
  const workflow = JSON.stringify({
    name: "mine",
    version: "1.0.0",
    description: "d",
    metadata: { owner: "me" },
    steps: [{ name: "note", capability_name: "io.fs.write_file", inputs: { path: "n.txt", content: "hi" } }],
  });
  const plan = PlanOfRun.parse((await control.ask("POST", "/v1/plans", { workflow })).body);
  expect(plan).toMatchObject({ outcome: "completes", changes: [{ kind: "create", target: "n.txt" }] });
});

test.for(["/etc/passwd.yaml", "flow.yml", "..\\x.json"])(
  "no file of the server is named: %s",
  async (target) => {
    for (const path of ["/v1/plans", "/v1/runs"]) {
      const answer = await control.ask("POST", path, { target });
      expect(Problem.parse(answer.body)).toMatchObject({ status: 422, code: "INPUT_INVALID" });
    }
  },
);
