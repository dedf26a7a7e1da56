import { RuntimeError } from "../contract/errors.ts";
import { policyAt } from "./policy-source.ts";
import type { Action } from "./session.ts";

/** Proposes a policy set: it decides nothing before somebody else approved it and an admin activated it. */
export const policyPropose: Action = async (session) => {
  const [file = ""] = session.args;
  const { digest, set } = policyAt(session, file);
  const reason = session.text("reason") ?? "";
  if (reason.trim() === "") throw new RuntimeError("USAGE", "--reason is missing: why should it change?");
  await using home = await session.io.openHome(session.io.env);
  const { id, risk } = await home.governance.propose(home.principal, {
    subject: { kind: "policy", name: set.name, version: set.version },
    source: "internal",
    // Whoever changes the policy changes what everybody may do.
    risk: "HIGH",
    content: set,
    locks: [],
    workflows: [],
    justification: reason,
  });
  session.emit({ proposal: id, policySet: digest, risk }, () => [
    `proposed ${id}: ${set.name} ${set.version}, sha256 ${digest}`,
    `approve  ${session.command("approve", id)}`,
    `then     ${session.command("policy", "activate", id)}`,
  ]);
  return 0;
};

/** Brings an approved policy set into force. */
export const policyActivate: Action = async (session) => {
  const [name = ""] = session.args;
  await using home = await session.io.openHome(session.io.env);
  const digest = home.governance.state().proposals.get(name)?.content ?? name;
  await home.policies.activate(home.principal, digest, session.text("reason") ?? "");
  const { set } = home.policies.inForce();
  session.emit({ policySet: digest, name: set.name, version: set.version, mode: set.mode }, () => [
    `${set.name} ${set.version} is in force: sha256 ${digest}`,
  ]);
  return 0;
};
