import { recordedPolicy } from "../governance/constitution/activation.ts";
import { visibleLines } from "./text.ts";
import type { Action } from "./session.ts";

/** The policy set that decides now, or another one that was recorded. */
export const policyShow: Action = async (session) => {
  await using home = await session.io.openHome(session.io.env);
  const given = session.text("digest");
  const { digest, set } =
    given === undefined
      ? home.policies.inForce()
      : { digest: given, set: recordedPolicy(home.ledger, given) };
  const { colors } = session.style;
  session.emit({ digest, ...set }, () => [
    `${colors.bold(set.name)} ${set.version}  ${set.mode}  sha256 ${digest}`,
    `  session_hours ${set.session_hours}, defer_seconds ${set.defer_seconds}, budgets ${JSON.stringify(set.budgets)}`,
    ...Object.values(set.policies).flatMap((policy) => ["", ...visibleLines(policy.trim())]),
  ]);
  return 0;
};
