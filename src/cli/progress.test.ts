import { stripVTControlCharacters } from "node:util";

import { expect, test } from "vitest";

import type { Entry, LedgerEvent } from "../contract/entry.ts";
import { RuntimeError, toFailure } from "../contract/errors.ts";
import type { Io, Output } from "./io.ts";
import { createProgress } from "./progress.ts";
import { createSession } from "./session.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

const failure = toFailure(new RuntimeError("FILE_NOT_FOUND", '"a\u001b[31m" is not there.'));
const at = (event: object): Entry =>
  ({ run: "r1", seq: 1, at: "2026-01-01T00:00:00.000Z", by: "x", ...event }) as unknown as Entry;
const intended = (step: string) =>
  at({ type: "step-intended", step, data: { capability: "io.fs.read_file" } });
const completed = (step: string) => at({ type: "step-completed", step, data: { durationMs: 12 } });

function record(options: { columns?: number; env?: Record<string, string>; json?: boolean }) {
  let text = "";
  const size = options.columns === undefined ? null : { columns: options.columns, rows: 24 };
  const stdout: Output = {
    write: (piece) => void (text += piece),
    drained: () => Promise.resolve(),
    terminal: () => size,
  };
  const io = { stdout, env: options.env ?? {}, cwd: "/" } as unknown as Io;
  const declared = new Map([
    ["workspace", "text"],
    ["json", "flag"],
  ] as const);
  const given = { declared, values: { json: options.json === true } };
  const progress = createProgress(createSession(io, [], given));
  return { progress, written: () => text };
}

const told: readonly (readonly [LedgerEvent["type"], object, string | null])[] = [
  ["step-completed", { durationMs: 12 }, "✓ s 12 ms"],
  ["step-failed", { failure }, '✗ s FILE_NOT_FOUND: "a\\u{1b}[31m" is not there.'],
  [
    "step-failed",
    { failure, retryAt: "later" },
    '! s FILE_NOT_FOUND: "a\\u{1b}[31m" is not there. (tries again)',
  ],
  ["step-interrupted", { outcome: "undone" }, "! s was interrupted: undone"],
  ["step-skipped", { reason: "when is false" }, "- s skipped: when is false"],
  ["approval-requested", {}, "? s waits for an approval"],
  ["approval-decided", { decision: "approved" }, "✓ s approved"],
  ["approval-decided", { decision: "rejected" }, "✗ s rejected"],
  ["rollback-started", { reason: "failed" }, "↩ rolling back: failed"],
  ["undo-intended", { changes: [1, 2] }, "↩ s restores 2 paths"],
  ["undo-refused", { failure }, '✗ s not restored: "a\\u{1b}[31m" is not there.'],
  ["run-restarted", { failure }, '↻ starts again: "a\\u{1b}[31m" is not there.'],
  ["run-claimed", {}, "↻ goes on with run r1, which another process left"],
  ["run-timed-out", {}, "✗ took longer than max_execution_time_seconds"],
  ["run-cancel-requested", { reason: "enough" }, "‖ cancelled: enough"],
  ["object-recorded", {}, null],
];

test.for(told)("%s %j", ([type, data, line]) => {
  const { progress, written } = record({});
  const step = /^(step|approval|undo)-/.test(type) ? { step: "s" } : {};
  progress.onEntry(at({ type, data, ...step }));
  expect(written()).toBe(line === null ? "" : `${line}\n`);
});

test("a pipe gets one plain line for each step and no escape code", () => {
  const { progress, written } = record({});
  for (const entry of [intended("a"), intended("b"), completed("b"), completed("a")]) progress.onEntry(entry);
  progress.hide();
  expect(written()).toBe("✓ b io.fs.read_file 12 ms\n✓ a io.fs.read_file 12 ms\n");
});

test.for([
  ["dumb", { TERM: "dumb" }],
  ["without colours", { NO_COLOR: "1", TERM: "dumb" }],
] as const)("a %s terminal gets plain lines", ([, env]) => {
  const { progress, written } = record({ columns: 80, env });
  for (const entry of [intended("a"), completed("a")]) progress.onEntry(entry);
  expect(written()).toBe("✓ a io.fs.read_file 12 ms\n");
});

test("NO_COLOR on a terminal leaves only the codes that move lines", () => {
  const { progress, written } = record({ columns: 80, env: { NO_COLOR: "1" } });
  for (const entry of [intended("a"), completed("a")]) progress.onEntry(entry);
  expect(written().slice(1)).toBe(" a  io.fs.read_file\n\u001b[1A\u001b[J✓ a io.fs.read_file 12 ms\n");
});

test("no moving line is wider than the terminal, and few are shown", () => {
  const { progress, written } = record({ columns: 30 });
  for (let i = 0; i < 20; i++) progress.onEntry(intended(`a-step-with-a-very-long-name-${i}`));
  progress.hide();
  const lines = stripVTControlCharacters(written()).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(30);
  expect(lines).toContain("  … 12 more");
  expect(written().endsWith("\u001b[9A\u001b[J")).toBe(true);
});

test("what a run left under way goes when it ends", () => {
  const { progress, written } = record({ columns: 80 });
  progress.onEntry(intended("a"));
  progress.onEntry(at({ type: "run-failed", data: { failure } }));
  const length = written().length;
  progress.hide();
  expect(written().length).toBe(length);
});

test("with --json nothing is written", () => {
  const { progress, written } = record({ columns: 80, json: true });
  progress.onEntry(completed("a"));
  progress.hide();
  expect(written()).toBe("");
});
