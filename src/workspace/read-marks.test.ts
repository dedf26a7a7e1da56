import { expect, test } from "vitest";

import type { Change, Image } from "../contract/image.ts";
import { ReadMarks } from "./read-marks.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workspace:paths");

const file: Image = { kind: "file", hash: "h", size: 1, mode: 0o644, mtimeNs: "1" };
const directory: Image = { kind: "dir", mode: 0o755, mtimeNs: "1" };
const change = (path: string, before: Image, after: Image = { kind: "absent" }): Change => ({
  path,
  before,
  after,
});

function marksOf(...reads: readonly [string, string][]): ReadMarks {
  const marks = new ReadMarks();
  for (const [path, mark] of reads) marks.remember(path, mark);
  return marks;
}

const conflict = expect.objectContaining({ code: "LEASE_CONFLICT" });

test("a path may be written as it was read, or unread", () => {
  const marks = marksOf(["a", "1"]);
  marks.check("a", "1", file);
  marks.check("b", "2", file);
  expect(() => marks.check("a", "2", file)).toThrow(conflict);
});

test("the first of several reads counts", () => {
  expect(() => marksOf(["a", "1"], ["a", "2"]).check("a", "2", file)).toThrow(conflict);
});

test.for<[string, Change, readonly string[]]>([
  ["a file", change("a", file), ["a/x", "ab"]],
  ["a directory with all in it", change("a", directory), ["ab"]],
  ["what became a directory", change("a", file, directory), ["ab"]],
])("the run's own change of %s is no conflict", ([, own, left]) => {
  const paths = ["a", "a/x", "ab"];
  const marks = marksOf(...paths.map((path): [string, string] => [path, "1"]));
  marks.forget([own]);
  const conflicting = paths.filter((path) => {
    try {
      marks.check(path, "2", file);
      return false;
    } catch {
      return true;
    }
  });
  expect(conflicting).toEqual(left);
});

test("nothing is left after clear", () => {
  const marks = marksOf(["a", "1"]);
  marks.recall({ path: "d", mark: 3 });
  marks.clear();
  expect(marks.since([{ path: "d/x" }], 9)).toBe(9);
  expect(marks.takeUnrecorded()).toEqual([]);
  marks.check("a", "2", file);
});

test("a file with the hash that was read is as it was read, whatever its mark", () => {
  const marks = marksOf(["a", "h"]);
  marks.check("a", "2", file);
  expect(() => marks.check("a", "2", { ...file, hash: "other" })).toThrow(conflict);
  expect(() => marks.check("a", "2", directory)).toThrow(conflict);
});

test("what was read is recorded once, and not where the run has changed it since", () => {
  const marks = marksOf(["a", "1"], ["b", "2"]);
  marks.forget([change("b", file)]);
  expect(marks.takeUnrecorded()).toEqual([{ path: "a", mark: "1" }]);
  marks.remember("a", "1");
  marks.remember("b", "3");
  expect(marks.takeUnrecorded()).toEqual([{ path: "b", mark: "3" }]);
  expect(marks.takeUnrecorded()).toEqual([]);
});

test.for<[string, readonly string[], string]>([
  ["one directory", ["d/e/f", "d/e/g"], "d/e"],
  ["several directories", ["d/e/f", "d/eg/g", "d/e/h"], "d"],
  ["directories that have nothing in common", ["d/f", "e/f"], ""],
])("more than fits into an entry is recorded as the directory above: %s", ([, places, expected]) => {
  const marks = new ReadMarks();
  const entries = [5, 9];
  const lastSeq = () => entries.shift() ?? 0;
  for (const path of places) {
    marks.begin(lastSeq);
    for (let index = 0; index < 100; index++) marks.remember(`${path}${index}`, "m".repeat(64));
  }
  expect(marks.takeUnrecorded()).toEqual([{ path: expected, mark: 5 }]);
  marks.begin(lastSeq);
  expect(entries).toEqual([]);
});

test("below a recalled directory others must not have changed anything since", () => {
  const marks = new ReadMarks();
  for (const [path, mark] of [
    ["d", 4],
    ["d", 6],
    ["d/e", 2],
    ["top", "1"],
  ] as const)
    marks.recall({ path, mark });
  const since = (...paths: string[]) =>
    marks.since(
      paths.map((path) => ({ path })),
      9,
    );
  expect([since("a"), since("dx"), since("a", "d/x"), since("d/e/x", "d/x")]).toEqual([9, 9, 4, 2]);
  expect(marks.since([{ path: "d/x" }], 3)).toBe(3);
  expect(() => marks.check("top", "2", file)).toThrow(conflict);
  marks.recall({ path: "", mark: 1 });
  expect(since("a")).toBe(1);
});

test("the first mark counts, also of those that are recalled", () => {
  const marks = marksOf(["a", "1"]);
  marks.recall({ path: "a", mark: "2" });
  marks.check("a", "1", file);
});
