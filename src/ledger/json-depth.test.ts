import { expect, test } from "vitest";

import { MAX_DEPTH, isTooDeep } from "./json-depth.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:durable", "ledger:closed");

const nested = (depth: number, inner = "1") => "[".repeat(depth) + inner + "]".repeat(depth);
const filling = JSON.stringify({ text: `[[{"\\${"{[".repeat(MAX_DEPTH)}` });

test.for<[string, string, boolean]>([
  ["a short value", "[[1]]", false],
  ["as deep as may be", nested(MAX_DEPTH), false],
  ["as deep as may be, with much in it", nested(MAX_DEPTH - 1, filling), false],
  ["one deeper", nested(MAX_DEPTH + 1), true],
  ["objects, one deeper", '{"a":'.repeat(MAX_DEPTH + 1) + "1" + "}".repeat(MAX_DEPTH + 1), true],
  ["much, one after another", `[${Array(1000).fill('{"a":[]}').join(",")}]`, false],
  ["brackets in texts", JSON.stringify(["[".repeat(1000), '"{'.repeat(1000), "\\"]), false],
])("%s", ([, json, expected]) => {
  expect(isTooDeep(json)).toBe(expected);
});
