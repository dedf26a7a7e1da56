import { expect, test } from "vitest";

import { runWithTimeLimit } from "./time-limit.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:validation");

test("work that ends in time gives its result", () => {
  const result = { a: 1 };
  expect(runWithTimeLimit(1000, "It", () => result)).toBe(result);
});

test("work that throws throws the very error", () => {
  const error = new Error("mine");
  expect(() =>
    runWithTimeLimit(1000, "It", () => {
      throw error;
    }),
  ).toThrow(error);
});

test.for<[string, () => unknown]>([
  [
    "a loop",
    () => {
      for (;;);
    },
  ],
  ["a regular expression", () => /^(a+)+$/.test(`${"a".repeat(60)}b`)],
])("%s without an end is stopped, and the next one runs", ([, work]) => {
  expect(() => runWithTimeLimit(50, "The loop", work)).toThrow(
    expect.objectContaining({ code: "LIMIT_EXCEEDED", message: "The loop took longer than 50 ms." }),
  );
  expect(runWithTimeLimit(1000, "It", () => 5)).toBe(5);
});
