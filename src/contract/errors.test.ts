import { mkdirSync, openSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { ERRORS, fromSystem, RuntimeError, toFailure } from "./errors.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:errors");

const system = (code: string) => Object.assign(new Error(`${code}: open '/proc/self/fd/7/a'`), { code });

test.for<[string, string]>([
  ["ENOENT", "FILE_NOT_FOUND"],
  ["EEXIST", "ALREADY_EXISTS"],
  ["EROFS", "OS_PERMISSION"],
  ["EDQUOT", "DISK_FULL"],
  ["EMFILE", "LIMIT_EXCEEDED"],
  ["ELOOP", "PATH_REFUSED"],
  ["EIO", "UNKNOWN"],
])("%s of the system is %s, in the caller's words and without a descriptor's path", ([code, expected]) => {
  const cause = system(code);
  const error = fromSystem(cause, 'The file "a"');
  expect(error).toMatchObject({ code: expected, message: `The file "a": ${code}`, cause });
  expect(fromSystem(error, "something else")).toBe(error);
});

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return fromSystem(error).code;
  }
  return "none";
}

test("what the system really throws has its code", () => {
  using directory = scratch();
  mkdirSync(join(directory.path, "d/inner"), { recursive: true });
  expect([
    codeOf(() => readFileSync(join(directory.path, "missing"))),
    codeOf(() => mkdirSync(join(directory.path, "d"))),
    codeOf(() => openSync(join(directory.path, "x".repeat(300)), "w")),
    codeOf(() => rmdirSync(join(directory.path, "d"))),
  ]).toEqual(["FILE_NOT_FOUND", "ALREADY_EXISTS", "PATH_REFUSED", "UNKNOWN"]);
});

test.for<[string, unknown, string, string]>([
  ["an error without a code", new TypeError("no number"), "The step: no number", "no number"],
  ["a text", "broken", "The step: broken", "broken"],
  ["nothing", undefined, "The step: undefined", "undefined"],
])("%s that a handler threw is UNKNOWN and keeps its message", ([, thrown, named, plain]) => {
  expect(fromSystem(thrown, "The step")).toMatchObject({ code: "UNKNOWN", message: named });
  expect(fromSystem(thrown, "The step").cause).toBe(thrown);
  expect(fromSystem(thrown)).toMatchObject({ code: "UNKNOWN", message: plain });
});

test("a failure is the error as data, with what the catalogue says of it, and without its stack", () => {
  const error = new RuntimeError("LEASE_CONFLICT", "busy", {
    cause: new Error("why"),
    details: { path: "a" },
  });
  const { category, retryable, hint } = ERRORS.LEASE_CONFLICT;
  expect(toFailure(error)).toEqual({
    code: "LEASE_CONFLICT",
    category,
    retryable,
    hint,
    message: "busy",
    details: { path: "a" },
  });
  expect(JSON.stringify(toFailure(new Error("boom")))).not.toContain(import.meta.filename);
  expect(toFailure(new Error("boom"))).not.toHaveProperty("details");
});
