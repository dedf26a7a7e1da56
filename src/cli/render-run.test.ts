import pico from "picocolors";
import { expect, test } from "vitest";

import { RuntimeError, toFailure } from "../contract/errors.ts";
import { renderRun } from "./render-run.ts";
import type { RunReport } from "../workflow/run-report.ts";
import type { ApprovalView } from "../contract/approval.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

const RUN = "0192aaaa-0000-7000-8000-00000000beef";
const page = {
  style: { colors: pico.createColors(false), isLive: false, columns: Infinity },
  command: (...words: readonly string[]) => ["airun", ...words].join(" "),
};

const report: RunReport = {
  run: RUN,
  kind: "workflow",
  workflow: "tidy",
  version: "1.0.0",
  owner: "test",
  status: "COMPLETED",
  attempt: 1,
  startedAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:01.500Z",
  endedAt: "2026-01-01T00:00:01.500Z",
  durationMs: 1500,
  reason: null,
  failure: null,
  rollback: null,
  steps: [],
  outputs: {},
  undoable: 0,
  changed: [],
  approvals: [],
  ledger: { entries: 12, head: "ab".repeat(32) },
};

const step = (status: RunReport["steps"][number]["status"]): RunReport["steps"][number] => ({
  step: "s",
  type: "ACTION",
  agent: "",
  capability: null,
  status,
  attempt: 1,
  executionOrder: 1,
  startedAt: null,
  endedAt: null,
  inputs: null,
  outputs: null,
  failure: null,
});

test("a completed run: outcome, steps, paths, ledger, undo", () => {
  const lines = renderRun(
    {
      ...report,
      steps: [step("completed"), step("completed"), step("skipped")],
      undoable: 4,
      changed: [
        { kind: "created", path: "a.txt", movedFrom: null, size: 12 },
        { kind: "changed", path: "b.txt", movedFrom: null, size: 2048 },
        { kind: "deleted", path: "c.txt", movedFrom: null, size: null },
        { kind: "moved", path: "d.txt", movedFrom: "e.txt", size: 1 },
      ],
    },
    page,
  );
  expect(lines).toEqual([
    "✓ completed  tidy 1.0.0 in 1.5 s",
    `  run      ${RUN}`,
    "  steps    2 completed, 1 skipped",
    "  changed  + a.txt  12 bytes",
    "           ~ b.txt  2.0 KiB",
    "           - c.txt",
    "           > d.txt  from e.txt  1 byte",
    `  ledger   12 entries, last hash ${"ab".repeat(32)}`,
    `  undo     airun undo ${RUN}`,
  ]);
});

test("an incomplete rollback lists what is back and what is not", () => {
  const failure = toFailure(new RuntimeError("ROLLBACK_INCOMPLETE", "One path is not back."));
  const rollback = { reason: "it failed", restored: ["write (a.txt)"], notRestored: ["write (b.txt)"] };
  const lines = renderRun({ ...report, status: "FAILED", failure, rollback }, page);
  expect(lines).toContain("  restored write (a.txt)");
  expect(lines).toContain("  NOT back write (b.txt)");
  expect(lines).toContain("error ROLLBACK_INCOMPLETE: One path is not back.");
  expect(lines).toContain("hint: `airun show RUN` lists what was and was not restored.");
});

function waiting(name: string): ApprovalView {
  const by = { human: "ada", agent: "bot", session: "s", service: "cli", scopes: [] };
  return {
    id: `a-${name}`,
    run: RUN,
    step: name,
    state: "open",
    text: "?",
    full: "?",
    binds: "b",
    digest: "d",
    changes: null,
    rules: [],
    risk: "LOW",
    requestedBy: by,
    requestedAt: "2026-01-01T00:00:00.000Z",
    expiresAt: null,
    approvers: [],
    terms: { risk: "LOW", own: true, roles: [["approver"]], quorum: 1 },
    answers: [],
  };
}

test("a paused run shows what it waits for, and how to decide", () => {
  const approvals = [
    {
      ...waiting("gate"),
      text: "Send it?\n  to = all",
      full: "Send it?\n  to = all of them",
      approvers: ["ada"],
      expiresAt: "2026-01-02T00:00:00.000Z",
    },
  ];
  const lines = renderRun({ ...report, status: "PAUSED", endedAt: null, durationMs: null, approvals }, page);
  expect(lines.slice(lines.indexOf("") + 1)).toEqual([
    "Step gate waits for an approval:",
    "  │ Send it?",
    "  │   to = all",
    "  may decide: ada",
    "  expires:    2026-01-02T00:00:00.000Z",
    "  everything: airun approval show a-gate --full",
    `  approve:    airun approve ${RUN}`,
    `  reject:     airun reject ${RUN}`,
  ]);
});

test("where several approvals are open each command names its step", () => {
  const approvals = ["a", "b"].map(waiting);
  const lines = renderRun({ ...report, status: "PAUSED", approvals }, page);
  expect(lines).toContain(`  approve:    airun approve ${RUN} --step b`);
});

test("a run that an operator paused says how it goes on", () => {
  const lines = renderRun({ ...report, status: "PAUSED", reason: "lunch" }, page);
  expect(lines.slice(-3)).toEqual([
    "Paused: lunch",
    `  go on:      airun resume ${RUN}`,
    `  take back:  airun cancel ${RUN} --rollback`,
  ]);
});

test.for([
  ["RUNNING", "▸ running"],
  ["ROLLING_BACK", "↩ rolling back"],
  ["ROLLED_BACK", "↩ rolled back"],
] as const)("%s is shown as %s", ([status, shown]) => {
  expect(renderRun({ ...report, status }, page)[0]).toContain(shown);
});

test("hostile names stay visible text in one line", () => {
  const hostile = "x\u001b[2J\nerror FAKE: \u202e";
  const changed = [{ kind: "created", path: hostile, movedFrom: null, size: null }] as const;
  const lines = renderRun({ ...report, workflow: hostile, changed }, page);
  for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(lines.filter((line) => line.startsWith("error"))).toEqual([]);
});

test("many paths are counted and not all shown", () => {
  const changed = Array.from(
    { length: 50 },
    (_, i) => ({ kind: "deleted", path: `f${i}`, movedFrom: null, size: null }) as const,
  );
  expect(renderRun({ ...report, changed }, page).join("\n")).toContain("… 20 more; --json shows them");
});
