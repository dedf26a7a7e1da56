import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { FacadeSpec } from "../contract/pack.ts";
import { findAssets } from "./assets.ts";
import { createRegistry, type Registry } from "./registry.ts";
import { packsOfRoutes, workflowOfFacade } from "./route-facade.ts";

verifies("governance:offers");

const directory = scratch();
let registry: Registry;
beforeAll(() => {
  for (const [name, workflows] of Object.entries({
    one: ["a"],
    two: ["a", "b"],
    empty: [],
    broken: ["gone"],
  })) {
    const at = join(directory.path, name);
    mkdirSync(at);
    const includes = { workflows };
    writeFileSync(
      join(at, "pack.json"),
      JSON.stringify({ pack_id: name, name, version: "1.0.0", description: "d", includes }),
    );
  }
  for (const name of ["a", "b"])
    writeFileSync(join(directory.path, "two", `${name}.json`), JSON.stringify({ name, version: "1.0.0" }));
  registry = createRegistry({ assets: { ...findAssets({}), packs: directory.path }, handlers: {} });
});
afterAll(() => directory[Symbol.dispose]());

type Route = FacadeSpec["routes"]["primary"];
const toPack = (ref: string): Route => ({ type: "pack", ref });
const toWorkflow = (ref: string): Route => ({ type: "workflow", ref });
const facadeTo = (primary: Route, fallback?: Route) =>
  FacadeSpec.parse({
    name: "f",
    version: "1.0.0",
    description: "d",
    triggers: ["go"],
    routes: { primary, fallback },
  });

test.for<[string, FacadeSpec, string, string]>([
  ["a workflow leads to it", facadeTo(toWorkflow("b")), "", "b"],
  ["a pack of one leads to that", facadeTo(toPack("one")), "", "a"],
  ["a pack of several leads to the one that is named", facadeTo(toPack("two")), "b", "b"],
  ["where the first leads nowhere, the other counts", facadeTo(toPack("gone"), toWorkflow("b")), "", "b"],
  ["where the first holds nothing, the other counts", facadeTo(toPack("empty"), toPack("one")), "", "a"],
  ["what only the other leads to may be named", facadeTo(toPack("one"), toPack("two")), "b", "b"],
])("a route: %s", ([, facade, wanted, workflow]) => {
  expect(workflowOfFacade(registry, facade, wanted)).toBe(workflow);
});

test.for<[string, FacadeSpec, string, string, string]>([
  ["nothing that is here", facadeTo(toPack("gone")), "", "SUBJECT_UNKNOWN", "does not exist here"],
  ["a pack without workflows", facadeTo(toPack("empty")), "", "SUBJECT_UNKNOWN", "does not exist here"],
  ["a workflow that is gone", facadeTo(toPack("broken")), "", "SUBJECT_UNKNOWN", "does not exist here"],
  ["several, and none is named", facadeTo(toPack("two"), toPack("one")), "", "USAGE", "name one: a, b."],
  ["another one than is named", facadeTo(toPack("one")), "b", "WORKFLOW_UNKNOWN", "it leads to a."],
  ["nothing, and one is named", facadeTo(toPack("empty")), "b", "WORKFLOW_UNKNOWN", "it leads to none."],
])("a facade that leads to %s is refused", ([, facade, wanted, code, message]) => {
  expect(() => workflowOfFacade(registry, facade, wanted)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

test.for<[string, FacadeSpec, readonly string[]]>([
  ["every pack that includes its workflow", facadeTo(toWorkflow("a")), ["one", "two"]],
  ["each pack once", facadeTo(toPack("two"), toWorkflow("b")), ["two"]],
  ["what is here alone", facadeTo(toPack("gone"), toPack("one")), ["one"]],
])("a facade is held to %s", ([, { routes }, packs]) => {
  expect(packsOfRoutes(registry, routes).map(({ spec }) => spec.name)).toEqual(packs);
});
