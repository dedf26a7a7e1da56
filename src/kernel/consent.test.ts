import * as fc from "fast-check";
import { expect, test } from "vitest";

import { specOf } from "../../test/capability-spec.ts";
import { digestOf } from "../contract/digest.ts";
import { renderConsent, visible } from "./consent.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:semantics", "ledger:secrets");

const SPEC = specOf({
  id: "net.mail.send",
  version: "2.1.0",
  description: "Sends a mail.\n",
  side_effects: ["network_write", "network_read"],
  undo: { kind: "irreversible" },
  inputs: { type: "object", properties: { password: { type: "string", "x-sensitive": true }, to: {} } },
});

test("an approver reads the contract and the inputs, sorted by name", () => {
  expect(renderConsent(SPEC, { to: ["ada"], body: { b: 1, a: "x" } })).toBe(
    [
      "net.mail.send 2.1.0: Sends a mail.",
      "Risk CRITICAL; effects: network_write, network_read; undo: irreversible.",
      '  body = {"a":"x","b":1}',
      '  to = ["ada"]',
    ].join("\n"),
  );
});

test("a secret is told by its digest alone", () => {
  const text = renderConsent(SPEC, { password: "hunter2 hunter2" });
  expect(text).toContain(`  password = (secret, sha256 ${digestOf("hunter2 hunter2").slice(0, 16)}…)`);
  expect(text).not.toContain("hunter2");
});

test("a long value is cut, and told apart from others that begin alike by its digest", () => {
  const long = "x".repeat(5000);
  expect(renderConsent(SPEC, { to: long })).toContain(
    `  to = "${"x".repeat(399)}… (5002 characters, sha256 ${digestOf(long)})`,
  );
  expect(renderConsent(SPEC, { to: "x".repeat(398) })).toContain(`  to = "${"x".repeat(398)}"`);
});

test.for<[string, string, string]>([
  ["a right-to-left override", "a\u202Etxt.exe", "a\\u{202e}txt.exe"],
  ["a zero-width space", "a\u200Bb", "a\\u{200b}b"],
  ["an escape sequence", "\u001B[2J", "\\u{1b}[2J"],
  ["a line break that would forge a line", "x\n  to = eve", "x\\u{a}  to = eve"],
  ["a tag beyond the first plane", "a\u{E0041}", "a\\u{e0041}"],
  ["a line separator", "a\u2028b\u2029", "a\\u{2028}b\\u{2029}"],
  ["half a character", "a\uD800", "a\\u{d800}"],
])("%s is made visible", ([, text, shown]) => {
  expect(visible(text)).toBe(shown);
});

test("whatever the inputs are, nobody forges a line or hides one", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), (inputs) => {
      const lines = renderConsent(SPEC, inputs).split("\n");
      expect(lines).toHaveLength(2 + Object.keys(inputs).length);
      for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});
