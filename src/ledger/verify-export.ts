import { sha256 } from "../contract/digest.ts";
import { type ChainCheck, type SignedNote, createChainCheck } from "./chain-check.ts";
import { type ExportHeader, type ExportLine, textsOf, parseExportLine, rowsOf } from "./export-jsonl.ts";
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
  const own: SignedNote[] =
    typeof header?.checkpoint === "string" ? [{ note: header.checkpoint, from: "checkpoint" }] : [];
  const witnessed = witnessedNotes(options.witness, header?.ledger, findings.add);
  const check = createChainCheck(options.publicKey, [...own, ...witnessed], findings.add);

  const body = createBodyCheck(check, findings, options.ledger);
  if (first.done !== true && header === undefined) body.add(first.value);
  for (const line of parsed) body.add(line);
  body.finish();
  const end = check.finish();
  checkHeader(header, end, findings);
  const counts = { checkpoints: own.length, witnessed: witnessed.length };
  return { ok: findings.list.length === 0, ...end, ...counts, findings: findings.list };
}

function* parseLines(lines: Iterable<string>, findings: Findings): Generator<ExportLine> {
  for (const line of lines) {
    const text = line.endsWith("\n") ? line.slice(0, -1) : line;
    const parsed = parseExportLine(text);
    if (parsed !== undefined) yield parsed;
    else
      findings.add({ seq: null, kind: "export", message: `Not a line of an export: ${text.slice(0, 80)}` });
  }
}

function createBodyCheck(check: ChainCheck, findings: Findings, ledger: LedgerFile | undefined) {
  const rows = ledger === undefined ? undefined : rowsOf(ledger.database);
  const seen = new Set<string>();
  const missing = new Map<string, number>();
  const report = (kind: "export" | "beside", message: string, seq: number | null = null) =>
    findings.add({ seq, kind, message });

  const addEntry = (text: string, hash: string) => {
    const entry = check.add(text, hash);
    const row = rows?.next();
    const differs =
      row !== undefined && (row.done === true || row.value.text !== text || row.value.hash !== hash);
    if (differs) report("export", "The entry is not the one that the ledger has.", entry?.seq);
    if (entry === undefined) return;
    for (const blob of textsOf(text)) if (!seen.has(blob)) missing.set(blob, entry.seq);
  };

  return {
    add(line: ExportLine): void {
      if (line.kind === "header") report("export", "The export has a second header.");
      if (line.kind === "entry") addEntry(line.text, line.hash);
      if (line.kind !== "text") return;
      if (sha256(line.text) !== line.of) report("beside", `The text ${line.of} was changed.`);
      seen.add(line.of);
      missing.delete(line.of);
    },
    finish(): void {
      for (const [hash, seq] of missing) report("beside", `The text ${hash} is missing.`, seq);
      if (rows !== undefined && rows.next().done !== true)
        report("export", "The ledger has entries that the export does not have.");
    },
  };
}

function checkHeader(
  header: ExportHeader | undefined,
  end: ReturnType<ChainCheck["finish"]>,
  findings: Findings,
): void {
  if (header === undefined) {
    findings.add({ seq: null, kind: "export", message: "The export does not begin with its header." });
    return;
  }
  if (header.ledger !== end.ledger || header.publicKey !== end.publicKey)
    findings.add({ seq: null, kind: "export", message: "The header is not that of the entries." });
  if (header.checkpoint === null)
    findings.add({ seq: null, kind: "checkpoint", message: "The export has no signed checkpoint." });
}
