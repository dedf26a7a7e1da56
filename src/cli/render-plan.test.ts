import pico from "picocolors";
import { expect, test } from "vitest";

import type { Plan, PlannedStep } from "../workflow/preview.ts";
import { renderPlan } from "./render-plan.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

const style = { colors: pico.createColors(false), columns: Infinity };

const step: PlannedStep = {
  step: "write",
  type: "ACTION",
  capability: "io.fs.write_file",
  risk: "MEDIUM",
  undo: "reversible",
  sideEffects: ["filesystem_write"],
  inputs: {},
  decision: "run",
  note: null,
  changes: [],
};

const plan: Plan = {
  workflow: "w",
  version: "1.0.0",
  outcome: "completes",
  steps: [step],
  changes: [],
  warnings: [],
};

test("shows the steps, the changes with their diffs, and the warnings", () => {
  const changes: Plan["changes"] = [
    { kind: "make-dir", target: "out", diff: null, bytes: null },
    {
      kind: "change",
      target: "a.txt",
      diff: "@@ -1 +1 @@\n-old\n+new\u001b[2J\n",
      bytes: { before: 4, after: 2048 },
    },
    { kind: "delete", target: "b.txt", diff: null, bytes: { before: 4, after: null } },
    { kind: "request", target: "POST https://example.com/", diff: null, bytes: null },
  ];
  expect(renderPlan({ ...plan, changes, warnings: ["careful"] }, style)).toEqual([
    "w 1.0.0 would complete; nothing was done.",
    "",
    "        STEP   CAPABILITY        RISK    UNDO        NOTE",
    "✓ runs  write  io.fs.write_file  MEDIUM  reversible",
    "",
    "It would make 4 changes:",
    "  + out/",
    "  ~ a.txt  2.0 KiB",
    "      @@ -1 +1 @@",
    "      -old",
    "      +new\\u{1b}[2J",
    "  - b.txt",
    "  → POST https://example.com/",
    "warning: careful",
  ]);
});

test.for([
  ["run", "✓ runs"],
  ["ask", "? asks a human"],
  ["deny", "✗ is denied"],
  ["fail", "✗ fails"],
  ["skip", "- is skipped"],
  ["unknown", "~ depends"],
] as const)("a step's decision %s", ([decision, shown]) => {
  expect(renderPlan({ ...plan, steps: [{ ...step, decision, note: "because" }] }, style)[3]).toMatch(shown);
});

test.for([
  ["rolls-back", "would be rolled back"],
  ["fails", "would fail"],
  ["unknown", "only a run can tell"],
] as const)("an outcome %s", ([outcome, shown]) => {
  expect(renderPlan({ ...plan, outcome }, style)[0]).toContain(shown);
});

test("a long diff is cut and says so", () => {
  const diff = Array.from({ length: 100 }, (_, i) => `+${i}`).join("\n");
  const lines = renderPlan({ ...plan, changes: [{ kind: "create", target: "a", diff, bytes: null }] }, style);
  expect(lines).toContain("      … 60 lines more; --json shows them");
});
