import { policyAt } from "./policy-source.ts";
import type { Action } from "./session.ts";
import { count } from "./text.ts";

/** Whether a policy set can be used: a set that cannot is an error that names every fault. */
export const policyCheck: Action = async (session) => {
  const { digest, set } = policyAt(session, session.args[0] ?? "");
  const rules = Object.keys(set.policies).sort();
  session.emit({ ok: true, digest, name: set.name, mode: set.mode, rules }, () => [
    session.style.colors.green(`✓ ${set.name}: ${count(rules.length, "policy", "policies")}, ${set.mode}`),
    `  sha256 ${digest}`,
    ...rules.map((rule) => `  ${rule}`),
  ]);
  return 0;
};
