import { RuntimeError } from "../contract/errors.ts";
import { activatePolicy, stagePolicy } from "../operate/stage-policy.ts";
import { policyAt } from "./policy-source.ts";
import type { Action } from "./session.ts";

/** Proposes a policy set: it decides nothing before somebody else approved it and an admin activated it. */
export const policyPropose: Action = async (session) => {
  const [file = ""] = session.args;
  const { digest, set } = policyAt(session, file);
  const reason = session.text("reason") ?? "";
  if (reason.trim() === "") throw new RuntimeError("USAGE", "--reason is missing: why should it change?");
  await using home = await session.io.openHome(session.io.env);
  const staged = await stagePolicy(home, home.principal, set, reason);
  session.emit(staged, () => [
    `proposed ${staged.proposal}: ${set.name} ${set.version}, sha256 ${digest}`,
    `approve  ${session.command("approve", staged.proposal)}`,
    `then     ${session.command("policy", "activate", staged.proposal)}`,
  ]);
  return 0;
};

/** Brings an approved policy set into force. */
export const policyActivate: Action = async (session) => {
  const [name = ""] = session.args;
  await using home = await session.io.openHome(session.io.env);
  const reason = session.text("reason") ?? "";
  const { digest, set } = await activatePolicy(home, home.principal, name, reason);
  session.emit({ policySet: digest, name: set.name, version: set.version, mode: set.mode }, () => [
    `${set.name} ${set.version} is in force: sha256 ${digest}`,
  ]);
  return 0;
};
