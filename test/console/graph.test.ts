import * as fc from "fast-check";
import { expect, test } from "vitest";

import { crossFree } from "../../src/console/graph/layers.ts";
import { type Box, layOut, type PlacedList } from "../../src/console/graph/layout.ts";
import { prune } from "../../src/console/graph/prune.ts";
import { verifies } from "../requirements.ts";

verifies("console:works");

type Step = { readonly step: string; readonly waitsFor: readonly string[] };

/** Steps of one list; each waits for some of those before it. */
const listOf = (prefix: string) =>
  fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 }).map((needs) =>
    needs.map((need, index): Step => {
      const before = index === 0 ? [] : need.map((each) => `${prefix}s${each % index}`);
      return { step: `${prefix}s${index}`, waitsFor: [...new Set(before)] };
    }),
  );
const anySteps = fc.tuple(listOf(""), listOf("s0[0]/"), listOf("s0[1]/")).map((lists) => lists.flat());

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

function check(list: PlacedList<Step>): void {
  const at = new Map(list.steps.map((placed) => [placed.step.step, placed]));
  for (const [index, left] of list.steps.entries())
    for (const right of list.steps.slice(index + 1)) expect(overlap(left, right)).toBe(false);
  for (const { from, to, points } of list.edges) {
    expect(points[0]?.y).toBeGreaterThan(at.get(from)?.y ?? Infinity);
    expect(points.at(-1)?.y).toBe(at.get(to)?.y);
    for (const [index, point] of points.entries())
      expect(point.y).toBeGreaterThan(points[index - 1]?.y ?? -1);
  }
  for (const { inner, ...box } of list.steps)
    for (const each of inner) {
      expect(each.x >= box.x && each.x + each.width <= box.x + box.width).toBe(true);
      expect(each.y >= box.y && each.y + each.height <= box.y + box.height).toBe(true);
      check(each);
    }
}

test("whatever the steps: none lies over another, each lies below what it waits for, and in what it is in", () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      const list = layOut(steps);
      check(list);
      const count = (each: PlacedList<Step>): number =>
        each.steps.reduce((sum, { inner }) => sum + 1 + inner.reduce((all, part) => all + count(part), 0), 0);
      expect(count(list)).toBe(steps.length);
    }),
    { numRuns: 200 },
  );
});

test("two chains that cross as they are written do not when they are drawn", () => {
  const { layers } = crossFree([
    { id: "a", after: [] },
    { id: "b", after: [] },
    { id: "c", after: ["b"] },
    { id: "d", after: ["a"] },
  ]);
  expect(layers).toEqual([
    ["a", "b"],
    ["d", "c"],
  ]);
});

test("steps that wait for each other, which no workflow has, end too", () => {
  const { layers } = crossFree([
    { id: "a", after: ["b"] },
    { id: "b", after: ["a"] },
  ]);
  expect(layers.flat().toSorted()).toEqual(["a", "b"]);
});

test("of many rounds those stay that need a look", () => {
  const steps = Array.from({ length: 50 }, (_, round) => ({ step: `each[${round}]/do`, waitsFor: [] }));
  const { steps: shown, hidden } = prune([{ step: "each", waitsFor: [] }, ...steps], ({ step }) =>
    step.startsWith("each[41]"),
  );
  expect(shown.map(({ step }) => step)).toContain("each[41]/do");
  expect(shown.length - 1 + (hidden.get("each") ?? 0)).toBe(50);
  expect(hidden.get("each")).toBe(44);
});
