import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { specOf } from "../../test/capability-spec.ts";
import { digestOf } from "../contract/digest.ts";
import type { Foreseen } from "./foresee.ts";
import { type ConsentFacts, renderConsent, renderQuestion } from "./render-consent.ts";
import { verifies } from "../../test/requirements.ts";

verifies("governance:handshake", "workflow:semantics", "ledger:secrets");

const SPEC = specOf({
  id: "net.mail.send",
  version: "2.1.0",
  description: "Sends a mail.\n",
  side_effects: ["network_write", "network_read"],
  undo: { kind: "irreversible" },
  network: { hosts: ["mail.example.com"] },
  inputs: { type: "object", properties: { password: { type: "string", "x-sensitive": true }, to: {} } },
});

const FACTS: ConsentFacts = {
  spec: SPEC,
  inputs: {},
  principal: { human: "ada", agent: "bot", session: "s1", service: "cli", scopes: [] },
  run: "r1",
  step: "mail",
  directory: "sub",
  rules: ["ask.critical"],
  reason: "it is of CRITICAL risk",
  terms: { risk: "CRITICAL", own: false, roles: [["approver"]], quorum: 2 },
  foreseen: null,
};
const CHANGED: Foreseen = { digest: "", changes: [], isAll: true, isVague: false, failure: null };

const diff = (...lines: readonly string[]) => `--- a/x\n+++ b/x\n@@ -1 +1 @@\n${lines.join("\n")}\n`;
const textOf = (more: Partial<ConsentFacts>) => renderConsent({ ...FACTS, ...more }).text;

test("an approver reads what would run, for whom, why, and with what", () => {
  expect(renderConsent({ ...FACTS, inputs: { to: ["ada"], body: { b: 1, a: "x" } } })).toEqual({
    text: [
      "net.mail.send 2.1.0: Sends a mail.",
      "Risk CRITICAL; effects: network_write, network_read; undo: irreversible.",
      "Hosts: mail.example.com.",
      'For ada, asked for by the agent "bot", no person, session "s1" (cli); step "mail" of run r1, in "sub".',
      "Asked because it is of CRITICAL risk (ask.critical).",
      "May be confirmed by whoever has the role approver.",
      "It takes 2 different persons.",
      "With:",
      '  body = {"a":"x","b":1}',
      '  to = ["ada"]',
    ].join("\n"),
  });
});

test("a secret is not told", () => {
  const text = textOf({ inputs: { password: "hunter2 hunter2" } });
  expect(text).toContain('  password = "(secret)"');
  expect(text).not.toContain("hunter2");
});

test("a long value is cut in its middle, told apart by its digest, and there in full", () => {
  const long = `${"x".repeat(5000)}; rm -rf /`;
  const { text, full } = renderConsent({ ...FACTS, inputs: { to: long } });
  expect(text).toContain(`… ${"x".repeat(89)}; rm -rf /" (5012 characters, sha256 ${digestOf(long)})`);
  expect(full).toContain(`"${long}"`);
});

test("whatever the inputs are, nobody forges a line or hides one", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), (inputs) => {
      const lines = textOf({ inputs }).split("\n");
      const own = lines.filter((line) => !line.startsWith("! Beware: "));
      expect(own).toHaveLength(8 + Object.keys(inputs).length);
      for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});

describe("what would change", () => {
  const change = { kind: "change", target: "x", bytes: { before: 1, after: 2 } } as const;

  test.for<[string, Partial<Foreseen>, readonly string[]]>([
    [
      "is a diff",
      { changes: [{ ...change, diff: diff("-a", "+b") }] },
      ["  ~ change x (1 → 2 bytes)", "    @@ -1 +1 @@", "    -a", "    +b"],
    ],
    [
      "forges no line of the runtime's",
      { changes: [{ ...change, diff: diff("+\u001B[2J\r! Beware of nothing", "+\u202Ex") }] },
      ["    +\\u{1b}[2J\\u{d}! Beware of nothing", "    +\\u{202e}x"],
    ],
    [
      "has no endless scroll",
      { changes: [{ ...change, diff: diff("+a", ...Array<string>(5000).fill("+"), "+rm -rf /") }] },
      ["    +a", "    … 5000 empty lines", "    +rm -rf /"],
    ],
    [
      "is named where it is no text",
      { changes: [{ ...change, diff: null }] },
      ["  ~ change x (1 → 2 bytes), content not shown"],
    ],
    [
      "is a directory or a file, as it lies there before and after",
      {
        changes: [
          { ...change, kind: "make-dir", diff: null, bytes: null },
          { ...change, kind: "create", target: "new", diff: null, bytes: { before: null, after: 3 } },
          { ...change, kind: "delete", target: "old", diff: null, bytes: { before: 3, after: null } },
        ],
      },
      [
        "  + make-dir x",
        "  + create new (0 → 3 bytes), content not shown",
        "  - delete old (3 → 0 bytes), content not shown",
      ],
    ],
    [
      "is cut where it is long, and says so",
      { changes: Array.from({ length: 22 }, () => ({ ...change, diff: null })), isAll: false },
      ["  … 2 more paths", "  … and more paths than can be listed"],
    ],
    [
      "is not the same each time",
      { changes: [{ ...change, diff: null }], isVague: true },
      ["What it writes is not the same each time; the answer holds for what lies there now."],
    ],
    ["is a failure", { failure: "FILE_NOT_FOUND: no" }, ["As things are it would fail: FILE_NOT_FOUND: no"]],
    ["is nothing", {}, ["As things are it would change nothing."]],
  ])("%s", ([, foreseen, lines]) => {
    expect(textOf({ foreseen: { ...CHANGED, ...foreseen } }).split("\n")).toEqual(
      expect.arrayContaining([...lines]),
    );
  });
});

test("who asks is a person or an agent, for somebody or nobody", () => {
  const principal = { ...FACTS.principal, agent: "" };
  expect(textOf({ principal })).toContain("For ada, asked for by that person, session");
  expect(textOf({ principal: { ...FACTS.principal, human: "" } })).toContain(
    'For nobody, asked for by the agent "bot"',
  );
});

test("a question is cut where it is long, and there in full", () => {
  const long = "x".repeat(5000);
  const { text, full } = renderQuestion(`Send ${long}?`, { to: "ada" });
  expect(text).toContain(`(5006 characters, sha256 ${digestOf(`Send ${long}?`)})`);
  expect(full?.split("\n")).toEqual([`Send ${long}?`, '  to = "ada"']);
  expect(renderQuestion("Send?", { to: "ada" })).toEqual({ text: 'Send?\n  to = "ada"' });
});

test.for<[string, string, RegExp | null]>([
  ["Cyrillic in a Latin word", "pаypal.txt", /"pаypal" mixes Latin and Cyrillic letters: U\+0430/],
  ["a word of look-alikes alone", "сору", /is Cyrillic and looks like "copy"/],
  ["full-width letters", "ｒｍ", /reads "rm"/],
  ["a host in disguise", "https://xn--pypal-4ve.com/x", /"xn--pypal-4ve.com" is shown as "pаypal.com"/],
  ["a host that is shown as it is written", "https://xn--a/x", null],
  ["Russian", "отчёт за год", null],
  ["Chinese beside Latin", "报告v2", null],
  ["German", "Größe", null],
])("%s: %s", ([, text, warning]) => {
  const [, beware = ""] = renderQuestion(text, {}).text.split("\n");
  if (warning === null) expect(beware).toBe("");
  else expect(beware).toMatch(warning);
});
