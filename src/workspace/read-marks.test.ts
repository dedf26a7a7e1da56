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
  marks.check("a", "1");
  marks.check("b", "2");
  expect(() => marks.check("a", "2")).toThrow(conflict);
});

test("the first of several reads counts", () => {
  expect(() => marksOf(["a", "1"], ["a", "2"]).check("a", "2")).toThrow(conflict);
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
      marks.check(path, "2");
      return false;
    } catch {
      return true;
    }
  });
  expect(conflicting).toEqual(left);
});

test("nothing is left after clear", () => {
  const marks = marksOf(["a", "1"]);
  marks.clear();
  marks.check("a", "2");
});
