import type { Action } from "./session.ts";

export const init: Action = async (session) => {
  await using runtime = await session.open();
  const { workspace, home, ledger } = runtime;
  const publicKey = runtime.keys.signer(`ai-first-runtime/${ledger.id}`).verifier;
  session.emit({ workspace, home, ledger: { id: ledger.id, path: ledger.path }, publicKey }, () => [
    session.style.colors.green("✓ ready"),
    `  workspace  ${workspace}`,
    `  home       ${home}`,
    `  ledger     ${ledger.path}`,
    `  key        ${publicKey}`,
    `  try        ${session.command("demo")}`,
  ]);
  return 0;
};
