import { expect, test } from "vitest";

import { WorkflowSpec } from "../contract/workflow.ts";
import { loadCapability } from "../kernel/load-capability.ts";
import { openSite } from "../../test/plan-fixture.ts";
import { verifies } from "../../test/requirements.ts";
import { singleCall } from "./single-call.ts";

verifies("workflow:spec");

const capability = loadCapability(
  JSON.stringify({
    id: "test.echo",
    version: "1.2.3",
    name: "echo",
    description: "Gives back what it got.",
    operation: "READ",
    risk: { level: "LOW", justification: "a test" },
    side_effects: ["read_only"],
    undo: { kind: "none" },
    timeout_seconds: 7,
    inputs: { type: "object" },
    outputs: { type: "object" },
  }),
  "echo.json",
);

test.for([[[]], [["text"]], [["a b", "__proto__"]]])(
  "a call with the inputs %j is a whole workflow",
  ([inputs]) => {
    const call = singleCall(capability, "test.echo@^1", inputs ?? []);
    expect(WorkflowSpec.parse(structuredClone(call))).toEqual(call);
    const [step] = call.steps;
    expect(step).toMatchObject({ capability_name: "test.echo@^1", timeout_seconds: 7 });
    expect(Object.keys(step?.inputs ?? {})).toEqual(inputs?.filter((name) => name !== "__proto__"));
  },
);

test("what the schema fills up by itself is filled up", () => {
  const { name, version, description, steps, metadata } = singleCall(capability, "test.echo", ["text"]);
  const said = steps.map(({ name: own, capability_name, inputs, timeout_seconds }) => ({
    name: own,
    capability_name,
    inputs,
    timeout_seconds,
  }));
  const parsed = WorkflowSpec.parse({
    name,
    version,
    description,
    steps: said,
    metadata: { owner: metadata.owner },
  });
  expect(parsed).toEqual(singleCall(capability, "test.echo", ["text"]));
});

test("the same call is the same object; one of too many names is made anew", () => {
  const first = singleCall(capability, "test.echo", ["x"]);
  expect(singleCall(capability, "test.echo", ["x"])).toBe(first);
  for (let index = 0; index < 200; index++) singleCall(capability, "test.echo", [`n${index}`]);
  expect(singleCall(capability, "test.echo", ["x"])).toEqual(first);
});

test("an input reaches the capability whatever its name, in a plan as in the run", async () => {
  using site = openSite();
  const inputs = { $filter: "x eq 1", "filter[name]": "y", "a b": 1, größe: 2, "c.d": { e: "{{ a }}" } };
  const received: unknown[] = [];
  const echo = {
    spec: { ...capability, outputs: { type: "object", additionalProperties: true } },
    handler: async (_: unknown, given: object) => {
      received.push(given);
      return {};
    },
  };
  const open = { ...echo, spec: { ...echo.spec, inputs: { type: "object", additionalProperties: true } } };
  await using runtime = await site.open({ capabilities: [open] });
  expect(await runtime.run("test.echo", { inputs })).toMatchObject({ status: "COMPLETED" });
  expect(received).toEqual([inputs]);
  const plan = await runtime.plan("test.echo", { inputs });
  expect(plan.steps[0]).toMatchObject({ decision: "run", inputs });
});
