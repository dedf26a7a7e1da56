import * as fc from "fast-check";
import { expect, test } from "vitest";

import { compareVersions, satisfies } from "./version-range.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:registry");

test.for<[string, string, boolean]>([
  ["1.2.3", "1.2.3", true],
  ["1.2.3", "=1.2.3", true],
  ["1.2.4", "1.2.3", false],
  ["1.2.3", "^1.2.3", true],
  ["1.9.0", "^1.2.3", true],
  ["1.2.2", "^1.2.3", false],
  ["2.0.0", "^1.2.3", false],
  ["0.2.9", "^0.2.3", true],
  ["0.3.0", "^0.2.3", false],
  ["0.0.3", "^0.0.3", true],
  ["0.0.4", "^0.0.3", false],
  ["1.2.9", "~1.2.3", true],
  ["1.3.0", "~1.2.3", false],
  ["2.2.3", "~1.2.3", false],
  ["9.0.0", ">=1.2.3", true],
  ["1.2.2", ">=1.2.3", false],
  ["1.10.0", ">=1.9.0", true],
  ["1.3.0-beta.1", "^1.2.3", false],
  ["1.3.0-beta.1", ">=1.2.3", false],
  ["1.3.0-beta.1", "1.3.0-beta.1", true],
  ["1.3.0-beta.1", "^1.3.0-beta.1", true],
  ["1.3.0", "^1.3.0-beta.1", true],
  ["0.0.20260101120000", "^0.0.20260101120000", true],
  ["1.0.20260101120001", "~1.0.20260101120000", true],
  ["1.0.20260101120000", ">=1.0.20260101120001", false],
])("%s in %s: %s", ([version, range, expected]) => {
  expect(satisfies(version, range)).toBe(expected);
});

test.for([
  "",
  "*",
  "1",
  "1.2",
  "^1.2",
  "latest",
  "1.2.x",
  "<2.0.0",
  "1.2.3 || 2.0.0",
  "^^1.2.3",
  "1.2.3\n",
  "../1.2.3",
])("%j is no range", (range) => {
  expect(() => satisfies("1.2.3", range)).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
});

test("versions are in the order of SemVer", () => {
  // The example of SemVer 2.0.0 §11.4, and plain numbers.
  const ordered = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.9",
    "1.0.10",
    "1.2.0",
    "2.0.0",
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(ordered), (some) => {
      const indices = some.toSorted(compareVersions).map((version) => ordered.indexOf(version));
      expect(indices).toEqual(indices.toSorted((a, b) => a - b));
    }),
  );
  expect(compareVersions("1.0.0-a", "1.0.0-a")).toBe(0);
});
