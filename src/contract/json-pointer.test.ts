import * as fc from "fast-check";
import { expect, test } from "vitest";

import { pointerParts, pointerStep } from "./json-pointer.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:errors");

test.for<[(string | number)[], string]>([
  [[], ""],
  [["a", 0], "/a/0"],
  [["a/b", "c~d", "~1", ""], "/a~1b/c~0d/~01/"],
])("%j is %s", ([parts, pointer]) => {
  expect(parts.map(pointerStep).join("")).toBe(pointer);
});

test("parts come back as they were", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom("~", "/", "~0", "~1", "/~"))), (parts) => {
      expect(pointerParts(parts.map(pointerStep).join(""))).toEqual(parts);
    }),
  );
});
