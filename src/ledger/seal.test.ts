import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import {
  FAILURE,
  PERSON,
  openTestLedger,
  runStarted,
  stepCompleted,
  stepIntended,
} from "../../test/ledger-fixture.ts";
import { scratch } from "../../test/scratch.ts";
import type { LedgerEvent } from "../contract/entry.ts";
import { exportCsv } from "./export-csv.ts";
import { exportJsonl } from "./export-jsonl.ts";
import { exportOcsf } from "./export-ocsf.ts";
import { createKnownSecrets } from "./known-secrets.ts";
import { reportHtml } from "./report-html.ts";
import { verifyLedger } from "./verify.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:secrets");

const SECRET = 'zx81-Qlm "Spectrum"/ä';
const failure = (message: string, details?: unknown): LedgerEvent => ({
  type: "step-failed",
  run: "a",
  step: "s",
  data: {
    attempt: 1,
    failure: { ...FAILURE, code: "DENIED", category: "PERMISSION_DENIED", message, details },
    durationMs: 1,
  },
});

const PLACES: [string, LedgerEvent][] = [
  ["in an input", stepIntended("a", "s", { body: `before ${SECRET} after` })],
  ["as a key", stepIntended("a", "s", { headers: { [SECRET]: "x" } })],
  ["in a list", stepIntended("a", "s", { list: ["x", [SECRET]] })],
  ["in base64", stepCompleted("a", "s", { sent: Buffer.from(`user:${SECRET}`).toString("base64") })],
  [
    "in base64 of another alignment",
    stepCompleted("a", "s", { sent: Buffer.from(`usr:${SECRET}!`).toString("base64url") }),
  ],
  ["in hex", stepCompleted("a", "s", { sent: Buffer.from(SECRET).toString("hex") })],
  ["in a URL", stepCompleted("a", "s", { url: `https://host/?q=${encodeURIComponent(SECRET)}` })],
  ["in JSON", stepCompleted("a", "s", { body: JSON.stringify({ value: SECRET }) })],
  [
    "in JSON in JSON",
    stepCompleted("a", "s", { body: JSON.stringify({ body: JSON.stringify({ value: SECRET }) }) }),
  ],
  ["in a long text", stepCompleted("a", "s", { body: `${"long ".repeat(5000)}${SECRET}` })],
  ["in an error's message", failure(`cannot log in with ${SECRET}`)],
  ["in an error's details", failure("no", { stack: ["at x", SECRET] })],
  ["beside a reserved name", stepCompleted("a", "s", { $sealed: SECRET, [SECRET]: 1 })],
  ["in a reason", { type: "run-rolled-back", run: "a", data: { reason: SECRET } }],
];

test.for(PLACES)(
  "a secret %s is in no file and no export, and is revealed to whoever has the key",
  async ([, event]) => {
    using directory = scratch();
    const { ledger } = openTestLedger(directory.path);
    const start = runStarted("a");
    const inputs = { login: { word: SECRET } };
    const sensitive = ["/inputs/login/word"];
    await ledger.append(PERSON, { ...start, data: { ...start.data, inputs } }, { sensitive });
    const { seq } = await ledger.append(PERSON, event);
    await ledger.append(PERSON, { type: "run-completed", run: "a", data: {} });

    const search = createKnownSecrets();
    search.add(SECRET);
    const searchFiles = () => {
      for (const file of readdirSync(directory.path, { recursive: true, withFileTypes: true })) {
        if (!file.isFile()) continue;
        const bytes = readFileSync(join(file.parentPath, file.name));
        expect(search.occursIn(bytes.toString("latin1")), file.name).toBe(false);
        expect(search.occursIn(bytes.toString("utf8")), file.name).toBe(false);
      }
    };
    searchFiles();
    const report = verifyLedger(ledger.path);
    for (const lines of [
      exportJsonl(ledger),
      exportCsv(ledger),
      exportOcsf(ledger),
      reportHtml(ledger, report),
    ])
      for (const line of lines) expect(search.occursIn(line)).toBe(false);
    expect(report.findings).toEqual([]);

    expect(JSON.parse(JSON.stringify(ledger.entry(seq)))).toMatchObject(
      JSON.parse(JSON.stringify(event)) as object,
    );
    for (const entry of ledger.entries({ sealed: true }))
      expect(search.occursIn(JSON.stringify(entry))).toBe(false);
    await ledger.close();
    searchFiles();
  },
);
