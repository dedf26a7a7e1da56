import { RuntimeError } from "../contract/errors.ts";
import { homeOf, localPrincipal } from "../kernel/home.ts";
import { signCheckpoint } from "../ledger/checkpoint.ts";
import { verifierOf } from "../ledger/hand-over.ts";
import { openKeys } from "../ledger/keys.ts";
import { originOf } from "../ledger/note.ts";
import { renderTable } from "./render-table.ts";
import type { Action, Session } from "./session.ts";

/** The signing keys of this installation; none is made. */
export const keysList: Action = async (session) => {
  const keys = openKeys(homeOf(session.io.env)).list();
  session.emit(keys, () => {
    if (keys.length === 0) return [`There are no keys yet; \`${session.command("init")}\` makes the first.`];
    const rows = keys.map(({ number, status, madeAt, publicKey }) => [
      String(number),
      status,
      madeAt,
      publicKey,
    ]);
    const columns = ["KEY", "STATUS", "MADE", "PUBLIC KEY"];
    return renderTable({ columns, rows }, session.style.columns, session.style.colors.dim);
  });
  return 0;
};

/** Puts a new key in the active one's place, and hands this workspace's ledger and the home's over to it. */
export const keysRotate: Action = async (session) => {
  if (!session.flag("yes") && !(await isConfirmed(session))) return 0;
  await using runtime = await session.open();
  const { keys, ledger, homeLedger } = runtime;
  keys.rotate();
  const by = localPrincipal("cli", session.io.env);
  for (const each of [homeLedger, ledger]) await signCheckpoint(each, keys, by);
  const [active] = keys.list();
  const verifier = verifierOf(ledger.database);
  const isHandedOver = keys.signer(originOf(ledger.id)).verifier === verifier;
  session.emit({ key: active, ledger: { id: ledger.id, publicKey: verifier, isHandedOver } }, () => [
    `${session.style.colors.green("✓")} key ${active?.number} is active; those before are kept for what they signed and sealed`,
    isHandedOver
      ? `  key        ${verifier}`
      : `  The ledger of this workspace stays under ${verifier}, which this home does not have.`,
    "  Other workspaces are handed over when a runtime next closes them. Back up the home.",
  ]);
  return 0;
};

async function isConfirmed({ io, json, print }: Session): Promise<boolean> {
  if (!io.stdin.isTerminal || json)
    throw new RuntimeError("USAGE", "A rotation cannot be taken back. To make a new signing key, add --yes.");
  const answer = await io.stdin.readLine("Make a new signing key? It cannot be taken back. [y/N] ");
  if (/^y(es)?$/i.test(answer?.trim() ?? "")) return true;
  print("Nothing was changed.");
  return false;
}
