import { sha256 } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { type ChainCheck, type SignedNote, createChainCheck } from "./chain-check.ts";
import { type ExportHeader, type ExportLine, parseExportLine, rowsOf } from "./export-jsonl.ts";
import type { LedgerFile } from "./open-ledger.ts";
import { type Findings, type Report, type VerifyOptions, collectFindings } from "./verify.ts";
import { witnessedNotes } from "./witness.ts";

export type ExportVerifyOptions = VerifyOptions & {
  readonly publicKey: string;
  /** Where it is at hand: the ledger that the export must be a copy of. */
  readonly ledger?: LedgerFile;
};

/** Checks an export by itself, line by line, with nothing but the verifier key. */
export function verifyExport(lines: Iterable<string>, options: ExportVerifyOptions): Report {
  const findings = collectFindings();
  const parsed = parseLines(lines, findings);
  const first = parsed.next();
  const header = first.done !== true && first.value.kind === "header" ? first.value.header : undefined;
  if (header === undefined)
    findings.add({ seq: null, kind: "export", message: "The export does not begin with its header." });
  const own: SignedNote[] =
    typeof header?.checkpoint === "string" ? [{ note: header.checkpoint, from: "checkpoint" }] : [];
  const witnessed = witnessedNotes(options.witness, header?.ledger, findings.add);
  const check = createChainCheck(options.publicKey, [...own, ...witnessed], findings.add);

  const rows = options.ledger === undefined ? undefined : rowsOf(options.ledger.database);
  if (first.done !== true && header === undefined) checkLine(first.value, check, findings, rows);
  for (const line of parsed) checkLine(line, check, findings, rows);
  const end = check.finish();
  checkHeader(header, end, findings);
  if (rows !== undefined && rows.next().done !== true)
    findings.add({
      seq: null,
      kind: "export",
      message: "The ledger has entries that the export does not have.",
    });
  const counts = { checkpoints: own.length, witnessed: witnessed.length };
  return { ok: findings.list.length === 0, ...end, ...counts, findings: findings.list };
}

function* parseLines(lines: Iterable<string>, findings: Findings): Generator<ExportLine> {
  for (const line of lines) {
    const text = line.endsWith("\n") ? line.slice(0, -1) : line;
    try {
      yield parseExportLine(text);
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      findings.add({ seq: null, kind: "export", message: error.message });
    }
  }
}

function checkLine(
  line: ExportLine,
  check: ChainCheck,
  findings: Findings,
  rows: ReturnType<typeof rowsOf> | undefined,
): void {
  switch (line.kind) {
    case "entry": {
      const entry = check.add(line.text, line.hash);
      const row = rows?.next();
      const differs =
        row !== undefined &&
        (row.done === true || row.value.text !== line.text || row.value.hash !== line.hash);
      if (differs)
        findings.add({
          seq: entry?.seq ?? null,
          kind: "export",
          message: "The entry is not the one that the ledger has.",
        });
      return;
    }
    case "text":
      if (sha256(line.text) !== line.of)
        findings.add({ seq: null, kind: "beside", message: `The text ${line.of} was changed.` });
      return;
    case "header":
      findings.add({ seq: null, kind: "export", message: "The export has a second header." });
  }
}

function checkHeader(
  header: ExportHeader | undefined,
  end: ReturnType<ChainCheck["finish"]>,
  findings: Findings,
): void {
  if (header === undefined) return;
  if (header.ledger !== end.ledger || header.publicKey !== end.publicKey)
    findings.add({ seq: null, kind: "export", message: "The header is not that of the entries." });
  if (header.checkpoint === null)
    findings.add({ seq: null, kind: "checkpoint", message: "The export has no signed checkpoint." });
}
