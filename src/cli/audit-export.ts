import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";

import { fromSystem, RuntimeError } from "../contract/errors.ts";
import { signCheckpoint } from "../ledger/checkpoint.ts";
import type { LedgerFile } from "../ledger/open-ledger.ts";
import { proveEntry } from "../ledger/prove.ts";
import type { Action, Session } from "./session.ts";
import { showBytes } from "./text.ts";

type Format = "jsonl" | "ocsf" | "csv" | "html";

const PIECES_IN_A_ROW = 500;

/** The whole ledger in a format for others, to a new file or to the standard output. */
export const auditExport: Action = async (session) => {
  const format = (session.text("format") ?? "jsonl") as Format;
  const out = session.text("out");
  if (out === undefined && session.json)
    throw new RuntimeError("USAGE", "With --json, an export needs --out FILE.");
  await using runtime = await session.open();
  await signCheckpoint(runtime.ledger, runtime.keys);
  const pieces = await exporterOf(format, runtime.ledger);
  if (out === undefined) await writeOut(session, pieces);
  else {
    const bytes = writeFile(resolve(session.io.cwd, out), out, pieces);
    session.emit({ file: out, format, bytes }, () => [
      `${session.style.colors.green("✓")} ${out}  ${showBytes(bytes)}`,
    ]);
  }
  return 0;
};

/** One entry with what proves that it is in the ledger, as JSON that `audit verify --proof` checks. */
export const auditProve: Action = async (session) => {
  const [text = ""] = session.args;
  const seq = Number(text);
  if (!/^\d+$/.test(text) || seq < 1)
    throw new RuntimeError(
      "USAGE",
      `${JSON.stringify(text)} is no entry number; \`airun audit log\` shows them.`,
    );
  await using runtime = await session.open();
  await signCheckpoint(runtime.ledger, runtime.keys);
  const proof = proveEntry(runtime.ledger, seq);
  session.emit(proof, () => JSON.stringify(proof, null, 2).split("\n"));
  return 0;
};

async function exporterOf(format: Format, ledger: LedgerFile): Promise<Iterable<string>> {
  switch (format) {
    case "jsonl":
      return (await import("../ledger/export-jsonl.ts")).exportJsonl(ledger);
    case "ocsf":
      return (await import("../ledger/export-ocsf.ts")).exportOcsf(ledger);
    case "csv":
      return (await import("../ledger/export-csv.ts")).exportCsv(ledger);
    case "html":
      return report(ledger);
    default:
      return format satisfies never;
  }
}

async function report(ledger: LedgerFile): Promise<Iterable<string>> {
  const { reportHtml } = await import("../ledger/report-html.ts");
  const { verifyLedger } = await import("../ledger/verify.ts");
  return reportHtml(ledger, verifyLedger(ledger.path));
}

/** Writes them as fast as the reader takes them. */
export async function writeOut({ io }: Session, pieces: Iterable<string>): Promise<void> {
  let written = 0;
  for (const piece of pieces) {
    io.stdout.write(piece);
    if (++written % PIECES_IN_A_ROW === 0) await io.stdout.drained();
  }
}

/** A file of its own, for its owner alone; returns its size. @throws ALREADY_EXISTS, OS_PERMISSION, DISK_FULL */
export function writeFile(path: string, shown: string, pieces: Iterable<string>): number {
  try {
    const file = openSync(path, "wx", 0o600);
    try {
      let bytes = 0;
      for (const piece of pieces) bytes += writeSync(file, piece);
      fsyncSync(file);
      return bytes;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fromSystem(error, `The file "${shown}"`);
  }
}
