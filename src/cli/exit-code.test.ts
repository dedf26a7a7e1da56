import { expect, test } from "vitest";

import { CATEGORIES, ERRORS, type ErrorCode, RuntimeError, toFailure } from "../contract/errors.ts";
import { exitCodeOf } from "./exit-code.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

const failure = (code: ErrorCode) => toFailure(new RuntimeError(code, "no"));

test.for([
  ["COMPLETED", null, 0],
  ["RUNNING", null, 0],
  ["PAUSED", null, 30],
  ["FAILED", "DENIED", 11],
  ["FAILED", "CANCELLED", 16],
  ["ROLLED_BACK", "FILE_NOT_FOUND", 12],
  ["ROLLED_BACK", null, 0],
  ["FAILED", "ROLLBACK_INCOMPLETE", 20],
] as const)("%s with %s exits with %i", ([status, code, exitCode]) => {
  expect(exitCodeOf({ status, failure: code === null ? null : failure(code) })).toBe(exitCode);
});

test("the failure that the command asked for is a success", () => {
  expect(exitCodeOf({ status: "ROLLED_BACK", failure: failure("DENIED") }, "DENIED")).toBe(0);
  expect(exitCodeOf({ status: "FAILED", failure: failure("INTERNAL") }, "DENIED")).toBe(20);
});

test("every code of the catalogue has the exit code of its category", () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[])
    expect(exitCodeOf({ status: "FAILED", failure: failure(code) })).toBe(
      CATEGORIES[ERRORS[code].category].exit,
    );
});
