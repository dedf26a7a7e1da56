import * as fc from "fast-check";
import { expect, test } from "vitest";

import { createLeases } from "./leases.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workspace:leases");

test.for([
  ["the same path", "a/b", "a/b", true],
  ["a path below", "a", "a/b/c", true],
  ["a path above", "a/b/c", "a", true],
  ["the workspace itself", "a/b", "", true],
  ["anything while the workspace is held", "", "a", true],
  ["a sibling", "a/b", "a/c", false],
  ["a name with the same beginning", "a/b", "a/bc", false],
  ["another directory", "a", "b", false],
] as const)("%s", ([, held, asked, conflicts]) => {
  const leases = createLeases();
  leases.take(held, "one");
  expect(leases.conflict(asked, "two")).toBe(conflicts ? "one" : undefined);
  expect(leases.conflict(asked, "one")).toBeUndefined();
  leases.drop("one", 1);
  expect(leases.conflict(asked, "two")).toBeUndefined();
});

const overlaps = (a: string, b: string) => a === b || a === "" || b.startsWith(`${a}/`);

const path = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 4 }).map((parts) => parts.join("/"));
const run = fc.constantFrom("r1", "r2", "r3");
const action = fc.oneof(
  fc.record({ kind: fc.constant("take" as const), path, run }),
  fc.record({ kind: fc.constant("drop" as const), path, run }),
);

test("they conflict as a plain list of leases does", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), path, run, (actions, asked, asker) => {
      const leases = createLeases();
      let model: { path: string; run: string }[] = [];
      for (const { kind, path: at, run: by } of actions) {
        if (kind === "take") leases.take(at, by);
        else leases.drop(by, 1);
        model = model.filter((lease) => lease.run !== by || (kind === "take" && lease.path !== at));
        if (kind === "take") model.push({ path: at, run: by });
      }
      const inTheWay = model.filter(
        (l) => l.run !== asker && (overlaps(l.path, asked) || overlaps(asked, l.path)),
      );
      const found = leases.conflict(asked, asker);
      if (inTheWay.length === 0) expect(found).toBeUndefined();
      else expect(inTheWay.map((lease) => lease.run)).toContain(found);
      expect(leases.list()).toEqual(model.sort((a, b) => (a.path + a.run < b.path + b.run ? -1 : 1)));
    }),
  );
});
