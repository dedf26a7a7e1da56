import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { CATEGORIES, ERRORS, fromSystem, RuntimeError } from "../contract/errors.ts";
import { visible } from "../kernel/consent.ts";
import { verifyProof } from "../ledger/prove.ts";
import { verifyExport } from "../ledger/verify-export.ts";
import { type Report, verifyLedger } from "../ledger/verify.ts";
import { ledgerPath } from "./ledger-path.ts";
import { readLines } from "./read-lines.ts";
import type { Action, Session } from "./session.ts";
import { count } from "./text.ts";

/** Checks the workspace's ledger, an export or a proof. None of it is changed, and no key of this machine is needed. */
export const auditVerify: Action = async (session) => {
  const proof = session.text("proof");
  if (proof !== undefined) return checkProof(session, proof);
  const report = checkLedger(session);
  session.emit(report, () => renderReport(report, session));
  return report.ok ? 0 : CATEGORIES[ERRORS.LEDGER_CORRUPT.category].exit;
};

function checkLedger(session: Session): Report {
  const { env, cwd } = session.io;
  const file = session.text("witness") ?? env["AI_FIRST_WITNESS"];
  const witness = file === undefined || file === "" ? {} : { witness: resolve(cwd, file) };
  const publicKey = session.text("key");
  const exported = session.text("export");
  if (exported !== undefined)
    return verifyExport(readLines(resolve(cwd, exported)), {
      ...witness,
      publicKey: needKey(publicKey, "--export"),
    });
  return verifyLedger(ledgerPath(session.workspace), {
    ...witness,
    ...(publicKey === undefined ? {} : { publicKey }),
  });
}

function checkProof(session: Session, file: string): number {
  const publicKey = needKey(session.text("key"), "--proof");
  const proof = verifyProof(readJson(resolve(session.io.cwd, file), file), publicKey);
  session.emit({ ok: true, seq: proof.entry.seq, size: proof.size }, () => [
    `${session.style.colors.green("✓")} entry ${proof.entry.seq} is one of the ${proof.size} that the checkpoint signs`,
  ]);
  return 0;
}

function readJson(path: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new RuntimeError("CONTENT_INVALID", `"${file}" is no JSON: ${error.message}`, { cause: error });
    throw fromSystem(error, `The file "${file}"`);
  }
}

function needKey(publicKey: string | undefined, option: string): string {
  if (publicKey !== undefined) return publicKey;
  throw new RuntimeError(
    "USAGE",
    `${option} needs --key with the verifier key of the ledger; \`airun init\` shows it.`,
  );
}

export function renderReport(report: Report, { style: { colors } }: Pick<Session, "style">): string[] {
  const { ok, entries, checkpoints, witnessed, head, publicKey, findings } = report;
  return [
    ok
      ? colors.green(`✓ the ledger is whole: ${count(entries, "entry", "entries")}`)
      : colors.red(`✗ ${count(findings.length, "finding")} in ${count(entries, "entry", "entries")}`),
    `  last hash    ${head}`,
    `  checkpoints  ${checkpoints} signed, ${witnessed} witnessed`,
    ...(publicKey === null ? [] : [`  key          ${visible(publicKey)}`]),
    ...findings.map(
      ({ seq, kind, message }) =>
        `  ${colors.red(kind)}${seq === null ? "" : ` at entry ${seq}`}: ${visible(message)}`,
    ),
  ];
}
