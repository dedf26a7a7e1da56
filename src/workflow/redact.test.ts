import { describe, expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { redactAt, redactSecrets } from "./redact.ts";

verifies("ledger:secrets");

describe("redactAt", () => {
  const values = { a: 1, login: { user: "ada", password: "p" }, list: [{ key: "k" }] };

  test.for<[string, readonly string[], unknown]>([
    ["nothing without pointers", [], values],
    ["a member", ["/a"], { ...values, a: "***REDACTED***" }],
    [
      "a member of a member",
      ["/login/password"],
      { ...values, login: { user: "ada", password: "***REDACTED***" } },
    ],
    ["a list as a whole", ["/list"], { ...values, list: "***REDACTED***" }],
    ["nothing that is not there", ["/b", "/b/c", "/a/b", "/login/toString"], values],
    ["everything", [""], { a: "***REDACTED***", login: "***REDACTED***", list: "***REDACTED***" }],
  ])("hides %s", ([, pointers, expected]) => {
    const before = structuredClone(values);
    expect(redactAt(values, pointers)).toEqual(expected);
    expect(values).toEqual(before);
  });
});

test("redactSecrets hides what looks like a secret by its name or its form, at any depth", () => {
  const token = `ghp_${"a1B2".repeat(9)}`;
  const value = { note: "plain", login: [{ password: "horse-battery" }], text: token };
  expect(redactSecrets(value)).toEqual({
    note: "plain",
    login: [{ password: "***REDACTED***" }],
    text: "***REDACTED***",
  });
  expect(redactSecrets(undefined)).toBeUndefined();
});
