import type { Entry } from "../contract/entry.ts";
import { canonicalJson } from "../contract/json.ts";
import type { Ledger, RunRow } from "./ledger.ts";
import { readPrincipals } from "./principals.ts";
import { STYLE } from "./report-style.ts";
import type { Report } from "./verify.ts";
import { visibleText } from "./visible-text.ts";

/**
 * The ledger as one HTML page, in pieces, newest run first: no script, nothing loaded, light and dark. Sealed values
 * stay sealed. `verification` is what a check of the same ledger found.
 */
export function* reportHtml(ledger: Ledger, verification: Report): Generator<string> {
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Audit report ${text(ledger.id)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>Audit report</h1><p>Ledger <code>${text(ledger.id)}</code></p></header>
<main>
${verificationSection(verification)}
<section><h2>Runs</h2>
`;
  const principals = readPrincipals(ledger);
  let count = 0;
  for (const run of allRuns(ledger)) {
    count++;
    yield* runSection(ledger, run, principals);
  }
  if (count === 0) yield "<p>No run yet.</p>\n";
  yield `</section>\n</main>\n<footer><p>${count} runs, ${verification.entries} entries.</p></footer>\n</body>\n</html>\n`;
}

function verificationSection(report: Report): string {
  const state = report.ok
    ? "The chain is intact."
    : `${report.findings.length} findings: this ledger was changed or damaged.`;
  const findings = report.findings.map(
    ({ seq, kind, message }) =>
      `<tr><td>${seq ?? ""}</td><td>${text(kind)}</td><td>${text(message)}</td></tr>`,
  );
  const table =
    findings.length === 0
      ? ""
      : `<table><thead><tr><th>Entry</th><th>Kind</th><th>Finding</th></tr></thead><tbody>${findings.join("\n")}</tbody></table>`;
  return `<section><h2>Verification</h2>
<p class="${report.ok ? "good" : "bad"}"><strong>${state}</strong></p>
<dl>
<dt>Entries</dt><dd>${report.entries}</dd>
<dt>Signed checkpoints compared</dt><dd>${report.checkpoints}</dd>
<dt>Witnessed checkpoints compared</dt><dd>${report.witnessed === 0 ? "none: a cut-off end cannot be noticed" : report.witnessed}</dd>
<dt>Hash of the last entry</dt><dd><code>${text(report.head)}</code></dd>
<dt>Key</dt><dd><code>${text(report.publicKey ?? "none")}</code></dd>
</dl>
${table}</section>`;
}

function* allRuns(ledger: Ledger): Generator<RunRow> {
  let before: string | undefined;
  do {
    const page = ledger.runs({ limit: 100, ...(before === undefined ? {} : { before }) });
    yield* page;
    before = page.at(-1)?.id;
  } while (before !== undefined);
}

function* runSection(ledger: Ledger, run: RunRow, principals: Principals): Generator<string> {
  const status = run.status.toLowerCase();
  yield `<details class="run">
<summary><span class="status ${status}">${text(status.replace("_", " "))}</span> <strong>${text(nameOf(ledger, run))}</strong>
<time>${text(run.startedAt)}</time></summary>
<dl><dt>Run</dt><dd><code>${text(run.id)}</code></dd>
<dt>For</dt><dd>${who(principals, run.by)}</dd>
<dt>Ended</dt><dd>${text(run.endedAt ?? "not yet")}</dd></dl>
<table><thead><tr><th>Entry</th><th>Time</th><th>What</th><th>Step</th><th>By</th><th>Details</th></tr></thead><tbody>
`;
  for (const entry of ledger.entries({ run: run.id, sealed: true })) yield entryRow(entry, principals);
  yield "</tbody></table>\n</details>\n";
}

function entryRow(entry: Entry, principals: Principals): string {
  const step = "step" in entry ? entry.step : "";
  return `<tr class="${toneOf(entry)}"><td>${entry.seq}</td><td><time>${text(entry.at)}</time></td><td>${text(entry.type)}</td><td>${text(step)}</td><td>${who(principals, entry.by)}</td><td><code>${text(shorten(canonicalJson(entry.data)))}</code></td></tr>\n`;
}

function toneOf({ type }: Entry): string {
  if (type.startsWith("undo-") || type.includes("rolled-back") || type.includes("rollback")) return "undo";
  if (type.startsWith("approval-")) return "approval";
  return type.endsWith("-failed") ? "failed" : "plain";
}

type Principals = ReturnType<typeof readPrincipals>;

function who(principals: Principals, by: string): string {
  const principal = principals.get(by);
  const names = [principal?.human, principal?.agent, principal?.service].filter(
    (name) => name !== undefined && name !== "",
  );
  return names.length === 0 ? `<code>${text(by)}</code>` : text(names.join(" / "));
}

// Not the row's own name, which is revealed where it is sealed.
function nameOf(ledger: Ledger, run: RunRow): string {
  for (const entry of ledger.entries({ run: run.id, types: ["run-started"], sealed: true }))
    if (entry.type === "run-started" && typeof entry.data.name === "string")
      return `${entry.data.name} ${entry.data.version}`;
  return "(sealed)";
}

const MAX_DETAILS = 2000;

function shorten(details: string): string {
  return details.length <= MAX_DETAILS ? details : `${details.slice(0, MAX_DETAILS)} \u2026`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function text(value: string): string {
  return visibleText(value).replaceAll(/[&<>"']/g, (character) => String(ESCAPES[character]));
}
