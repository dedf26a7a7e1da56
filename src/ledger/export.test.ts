import { afterAll, beforeAll, expect, test } from "vitest";

import {
  FAILURE,
  PERSON,
  approvalDecided,
  approvalRequested,
  openTestLedger,
  plain,
  runStarted,
  stepCompleted,
  stepIntended,
  undoIntended,
} from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import { sha256 } from "../contract/digest.ts";
import { canonicalJson } from "../contract/json.ts";
import { exportCsv } from "./export-csv.ts";
import { exportOcsf } from "./export-ocsf.ts";
import type { LedgerFile } from "./open-ledger.ts";
import { reportHtml } from "./report-html.ts";
import { verifyLedger } from "./verify.ts";
import { visibleText } from "./visible-text.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:export");

const HOSTILE = '</code><script>alert(1)</script>\n\u001b[2J\u202e=HYPERLINK("x")';
const directory = scratch();
let ledger: LedgerFile;

beforeAll(async () => {
  ({ ledger } = openTestLedger(directory.path));
  const start = runStarted("a");
  await ledger.append({ ...PERSON, agent: HOSTILE }, { ...start, data: { ...start.data, name: HOSTILE } });
  await ledger.append(PERSON, approvalRequested("a", "x"));
  await ledger.append(PERSON, approvalDecided("a", "x"));
  await ledger.append(PERSON, stepIntended("a", "=1+1", { path: HOSTILE, password: "hunter22hunter22" }));
  await ledger.append(PERSON, stepCompleted("a", "=1+1", { size: 3 }));
  await ledger.append(PERSON, stepIntended("a", "t"));
  const failure = {
    ...FAILURE,
    code: "PATH_REFUSED",
    category: "PERMISSION_DENIED",
    message: HOSTILE,
  } as const;
  await ledger.append(PERSON, {
    type: "step-failed",
    run: "a",
    step: "t",
    data: { attempt: 1, failure, durationMs: 2.4 },
  });
  await ledger.append(PERSON, undoIntended("a", 4, "f"));
  await ledger.append(PERSON, {
    type: "step-failed",
    run: "a",
    step: "never intended",
    data: { attempt: 1, failure: FAILURE, durationMs: 1 },
  });
  await ledger.append(PERSON, {
    type: "approval-requested",
    run: "a",
    step: "s",
    data: { ...approvalRequested("a", "y").data },
  });
  await ledger.append(PERSON, {
    ...approvalDecided("a", "y"),
    data: { approval: "y", decision: "rejected", reason: "password=hunter22hunter22" },
  });
  await ledger.append(PERSON, plain("run-completed", "a"));
  ledger.record(PERSON, "capability", { id: "io.fs.write_file" });
  const sealed = runStarted("b");
  const secretive = { ...PERSON, human: "token=0123456789abcdef" };
  await ledger.append(secretive, { ...sealed, data: { ...sealed.data, name: "token=0123456789abcdef" } });
});

afterAll(async () => {
  await ledger.close();
  directory[Symbol.dispose]();
});

test("CSV has one line for each entry, and no cell that a spreadsheet or a terminal obeys", () => {
  const text = [...exportCsv(ledger)].join("");
  const lines = text.split("\r\n");
  expect(lines[0]).toBe("seq,at,by,type,run,step,data");
  expect(lines).toHaveLength(ledger.head().seq + 2);
  expect(text).toContain(`"'=1+1"`);
  expect(text).not.toMatch(/(^|,)"?[=+@-]/m);
  expect(text.replaceAll("\r\n", "")).not.toMatch(/\p{Cc}|\u202e/u);
  expect(text).not.toContain("hunter22");
});

test("OCSF has an event for each step that ended and each decision, and a finding for what was refused", () => {
  const events = [...exportOcsf(ledger)].map((line) => JSON.parse(line) as Record<string, never>);
  expect(events.map((event) => [event["class_uid"], event["type_uid"], event["status"]])).toEqual([
    [6003, 600399, "Success"],
    [6003, 600399, "Success"],
    [6003, 600399, "Failure"],
    [2004, 200401, "New"],
    [6003, 600399, "Failure"],
    [6003, 600399, "Failure"],
  ]);
  expect(events[1]).toMatchObject({
    activity_name: "io.fs.write_file",
    actor: { user: { name: "ada" }, session: { uid: "s1" } },
    api: { operation: "io.fs.write_file", version: "1.0.0", response: { data: { size: 3 } } },
    duration: 2,
    metadata: { version: "1.9.0", profiles: ["record_integrity"] },
  });
  expect(events[1]).toMatchObject({
    api: { request: { data: { password: { $sealed: expect.any(String) } } } },
  });
  expect(events[3]).toMatchObject({
    severity: "High",
    finding_info: { title: "PATH_REFUSED: io.fs.write_file", desc: HOSTILE },
  });
  expect(events[4]).toMatchObject({ api: { operation: "unknown" }, status_code: "TIMED_OUT" });
  expect(events[5]).toMatchObject({ status_detail: expect.stringMatching(/^\{"\$sealed":/) });
});

test("OCSF names an actor also where nobody gave a name", async () => {
  using elsewhere = scratch();
  const other = openTestLedger(elsewhere.path).ledger;
  const nobody = { human: "", agent: "", session: "", service: "", scopes: [] };
  await other.append({ ...nobody, service: "cron" }, runStarted("a"));
  await other.append({ ...nobody, service: "cron" }, stepCompleted("a", "s"));
  const { by } = await other.append(nobody, stepCompleted("a", "t"));
  const [service, unknown] = [...exportOcsf(other)].map((line) => JSON.parse(line) as unknown);
  expect(service).toMatchObject({
    actor: { user: { name: "cron" }, app_name: "cron" },
    src_endpoint: { svc_name: "cron" },
  });
  expect(unknown).toMatchObject({
    actor: { user: { name: "", uid: by }, session: { uid: by } },
    src_endpoint: { svc_name: "unknown" },
  });
  await other.close();
});

test("OCSF events are linked by fingerprints of their canonical form", () => {
  let previous: unknown;
  for (const line of exportOcsf(ledger)) {
    expect(line.indexOf("\n")).toBe(line.length - 1);
    const event = JSON.parse(line) as { attestation_list: [Record<string, unknown>] };
    const [{ fingerprint, ...place }] = event.attestation_list;
    const value = sha256(canonicalJson({ ...event, attestation_list: [place] }));
    expect(fingerprint).toEqual({ algorithm: "SHA-256", algorithm_id: 3, encoding_id: 1, value });
    expect((place["prev_event"] as { fingerprint?: unknown } | undefined)?.fingerprint).toEqual(previous);
    previous = fingerprint;
  }
});

test("the report is one page without script that shows every run, and escapes what runs contain", () => {
  const page = [...reportHtml(ledger, verifyLedger(ledger.path))].join("");
  expect(page).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
  expect(page).not.toMatch(/<script|[\p{Cc}--\n]|\u202e|hunter22|<[^>]*\son\w+=|(?:src|href)=/v);
  expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;\\u{a}\\u{1b}[2J\\u{202e}");
  expect(page).toContain("The chain is intact.");
  expect(page).toContain("none: a cut-off end cannot be noticed");
  expect(page).toContain("(sealed)");
  expect(page).toContain("2 runs, ");
  expect(page).toContain("ada / cli");
  expect(page.match(/<details/g)).toHaveLength(2);
  expect(page.match(/<tr class/g)).toHaveLength(
    [...ledger.entries()].filter((entry) => "run" in entry).length,
  );
});

test("the report shows what a verification has found, and shortens long entries", async () => {
  using elsewhere = scratch();
  const other = openTestLedger(elsewhere.path).ledger;
  const report = { ...verifyLedger(other.path), ok: false, witnessed: 2, publicKey: null };
  const findings = [
    { seq: 4, kind: "chain", message: "<b>" },
    { seq: null, kind: "truncated", message: "cut" },
  ] as const;
  const empty = [...reportHtml(other, { ...report, findings })].join("");
  expect(empty).toContain("2 findings: this ledger was changed or damaged.");
  expect(empty).toContain("<tr><td>4</td><td>chain</td><td>&lt;b&gt;</td></tr>");
  expect(empty).toContain("<p>No run yet.</p>");
  for (let i = 0; i < 101; i++) void other.append(PERSON, runStarted(`run-${i}`));
  await other.append(
    { human: "", agent: "", session: "", service: "", scopes: [] },
    stepIntended("run-0", "s", { text: "word ".repeat(1000) }),
  );
  const page = [...reportHtml(other, report)].join("");
  expect(page).toContain(" \u2026</code>");
  expect(page.match(/<details/g)).toHaveLength(101);
  await other.close();
});

test.for<[string, string]>([
  ["plain text, ä, 漢字", "plain text, ä, 漢字"],
  ["a\nb\tc\u007f\u0085", "a\\u{a}b\\u{9}c\\u{7f}\\u{85}"],
  ["\u200bzero\ufeff\u2066x\u2028", "\\u{200b}zero\\u{feff}\\u{2066}x\\u{2028}"],
  ["\ud800", "\ufffd"],
])("the visible form of %j", ([text, expected]) => {
  expect(visibleText(text)).toBe(expected);
});
