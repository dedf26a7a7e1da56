import { RuntimeError } from "../contract/errors.ts";
import { localPrincipal } from "../kernel/home.ts";
import { erase } from "../ledger/erase.ts";
import { resolveRun } from "./run-reference.ts";
import type { Action } from "./session.ts";
import { count } from "./text.ts";

/** Erases what a run sealed. It cannot be undone, so the whole id has to be given a second time. */
export const auditErase: Action = async (session) => {
  await using runtime = await session.open();
  const run = resolveRun(runtime.ledger, session.args[0] ?? "");
  if (session.text("confirm") !== run)
    throw new RuntimeError(
      "USAGE",
      `Erasing cannot be undone. To erase the sealed values of run ${run}, add --confirm ${run}`,
    );
  const by = localPrincipal("cli", session.io.env);
  const reason = session.text("reason") ?? "asked for on the command line";
  const { commitments, isLogEmptied } = await erase(runtime.ledger, runtime.keys.ring, by, { run }, reason);
  session.emit({ run, commitments, isLogEmptied }, () => [
    `${session.style.colors.green("✓")} erased ${count(commitments.length, "sealed value")} of run ${run}`,
    ...(isLogEmptied
      ? []
      : ["  Another process still reads: run this again when it has ended, to empty the log file."]),
  ]);
  return 0;
};
