import { expect, test } from "vitest";

import { parsePageRange } from "./page-range.ts";
import { verifies } from "../../../test/requirements.ts";

verifies("stdlib:contract");

test.for([
  ["all", [1, 2, 3, 4, 5]],
  ["3", [3]],
  ["1-3,5", [1, 2, 3, 5]],
  ["5, 1 - 2", [1, 2, 5]],
  ["2,2,1-3", [1, 2, 3]],
] as const)("%s", ([text, pages]) => {
  expect(parsePageRange(text, 5)).toEqual(pages);
});

test.for(["", "0", "6", "3-2", "1-", "-1", "a", "1,,2", "1-999999", "1.5", "1;2"])(
  "%j is refused",
  (text) => {
    expect(() => parsePageRange(text, 5)).toThrowError(expect.objectContaining({ code: "INPUT_INVALID" }));
  },
);
