import { expect, test } from "vitest";

import { specOf } from "../../test/capability-spec.ts";
import { workflow } from "../../test/run-script.ts";
import { RuntimeError } from "../contract/errors.ts";
import { contractIfKnown } from "./capability-of.ts";
import {
  hasOpenOutputs,
  markerOf,
  outputNames,
  unknownInExpression,
  unknownInTemplates,
  unknownOutputs,
  variablesSetBy,
} from "./preview-unknown.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:plan");

const fetched = unknownOutputs("fetch", ["body"], false);
const open = unknownOutputs("open", ["known"], true);
const variables = {
  fetch: fetched,
  body: fetched["body"],
  rows: [{ a: 1 }, { a: markerOf("deep") }],
  plain: { list: [1, { b: 2 }] },
  text: "x",
};

test.for([
  ["{{ body }}", "fetch"],
  ["a {{ text }} b {{ body }}", "fetch"],
  ["{{ body.inside.it }}", "fetch"],
  ["{{ fetch.body }}", "fetch"],
  ["{{ fetch }}", "fetch"],
  ["{{ rows }}", "deep"],
  ["{{ rows.1.a }}", "deep"],
  ["{{ rows.0 }}", undefined],
  ["{{ fetch.never }}", undefined],
  ["{{ nothing }}", undefined],
  ["{{ plain }}", undefined],
  ["{{ plain.list.1.b }}", undefined],
  ["{{ text.length }}", undefined],
  ["no template", undefined],
] as const)("%s depends on %s", ([text, step]) => {
  expect(unknownInTemplates({ in: [text] }, variables)?.step).toBe(step);
});

test("outputs of an open contract may hold any name, and may have set any variable", () => {
  expect(unknownInTemplates("{{ open.other }}", { open })?.step).toBe("open");
  expect(unknownInTemplates("{{ other }}", { open, n: 1, none: null })?.step).toBe("open");
  expect(unknownInTemplates("{{ other }}", variables)).toBeUndefined();
});

test.for([
  ["fetch.body == 'x' && text == 'x'", "fetch"],
  ["rows.exists(each, each.a == 1)", "deep"],
  ["text == 'x'", undefined],
] as const)("the expression %s depends on %s", async ([expression, step]) => {
  expect((await unknownInExpression(expression, variables))?.step).toBe(step);
});

test("a value that is nested too deeply, or in itself, is searched no further", () => {
  let value: object = markerOf("far");
  for (let depth = 0; depth < 600; depth++) value = [value];
  expect(unknownInTemplates("{{ value }}", { value })).toBeUndefined();
});

test.for([
  [{ type: "object" }, false],
  [{ type: "object", additionalProperties: false }, false],
  [{ type: "object", additionalProperties: true }, true],
  [{ type: "object", unevaluatedProperties: { type: "string" } }, true],
] as const)("%j is open: %s", ([outputs, isOpen]) => {
  expect(hasOpenOutputs(specOf({ outputs }))).toBe(isOpen);
});

const registry = {
  capability: (name: string) => {
    if (name === "broken.one") throw new TypeError("broken");
    if (name !== "test.some.thing") throw new RuntimeError("CAPABILITY_UNKNOWN", name);
    return {
      spec: specOf({ outputs: { type: "object", properties: { out: {} } } }),
      specHash: "",
      handlerHash: "",
      handler: () => Promise.reject(new Error("not here")),
      hasHandler: false,
      origin: "",
    };
  },
};

test("a contract that names no outputs gives none", () => {
  expect(outputNames(specOf({ outputs: { type: "object" } }))).toEqual([]);
  expect(outputNames(specOf({ outputs: { type: "object", properties: { a: {}, b: {} } } }))).toEqual([
    "a",
    "b",
  ]);
});

test("a contract that is not known is none; a fault is not hidden", () => {
  expect(contractIfKnown(registry, "other.one")).toBeUndefined();
  expect(() => contractIfKnown(registry, "broken.one")).toThrow("broken");
});

test("a workflow that contains itself sets no endless list of variables", () => {
  const steps = [
    { name: "call", step_type: "WORKFLOW", workflow: "self" },
    { name: "again", step_type: "WORKFLOW", workflow: "self" },
    { name: "act", capability_name: "test.some.thing" },
    { name: "unknown", capability_name: "other.one" },
    { name: "asked", step_type: "HUMAN_APPROVAL" },
    { name: "gone", step_type: "WORKFLOW", workflow: "gone" },
  ];
  const self = workflow({ steps });
  const names = variablesSetBy(registry, new Map([["self", self]]), self.steps[0] as (typeof self.steps)[0]);
  expect(new Set(names)).toEqual(
    new Set(["call", "again", "act", "out", "unknown", "asked", "approved", "gone"]),
  );
});
