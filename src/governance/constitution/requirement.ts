import type { Requirement } from "../../contract/approval.ts";
import { ROLES } from "../../contract/roles.ts";
import type { PolicySet } from "../../contract/policy-set.ts";
import { factsOf, type PolicyFacts } from "./cedar.ts";

type Annotations = PolicyFacts["annotations"];

/** What policies say about the approval that they ask for. */
export type Asking = { readonly requirement?: Requirement; readonly timeoutSeconds?: number };

const SYNTAX: Readonly<Record<string, RegExp>> = {
  quorum: /^[1-9]$/,
  role: new RegExp(String.raw`^(?:${ROLES.join("|")})(?:,\s*(?:${ROLES.join("|")}))*$`),
  expires: /^\d{1,6}$/,
  batch: /^(?:[A-Za-z_][\w-]*:)?\d{1,6}$/,
};
const NAMED = /@(?:quorum|role|expires|batch)\s*\(/;

/** Every annotation about approvals that the runtime does not know. */
export function askingFaults({ annotations }: Pick<PolicyFacts, "annotations">): string[] {
  return Object.entries(SYNTAX).flatMap(([name, syntax]) => {
    const value = annotations[name];
    return value === undefined || syntax.test(value) ? [] : [`@${name}("${value}") is not known`];
  });
}

/** The strictest of what the policies of a set say that ask for an approval. */
export function askingOf({ policies }: PolicySet, rules: readonly string[]): Asking {
  const texts = rules.map((id) => policies[id] ?? "");
  // Taking a policy apart loads Cedar.
  if (!texts.some((text) => NAMED.test(text))) return {};
  const all = texts.map((text): Annotations => (text === "" ? {} : factsOf(text).annotations));
  const minutes = all.flatMap(({ expires }) => (expires === undefined ? [] : [Number(expires)]));
  return {
    requirement: {
      roles: all.flatMap(({ role }) =>
        role === undefined ? [] : [role.split(",").map((each) => each.trim())],
      ),
      quorum: Math.max(...all.map(({ quorum = "1" }) => Number(quorum))),
      batch: batchOf(all),
    },
    ...(minutes.length > 0 ? { timeoutSeconds: Math.min(...minutes) * 60 } : {}),
  };
}

/** Only where every policy that asks allows it, and in the same way. */
function batchOf(all: readonly Annotations[]): Requirement["batch"] {
  const batches = all.map(({ batch }) => {
    const [seconds = "0", field = ""] = (batch ?? "").split(":").toReversed();
    return { field, seconds: Number(seconds) };
  });
  const [first] = batches;
  const seconds = Math.min(...batches.map((each) => each.seconds));
  if (first === undefined || !(seconds > 0)) return undefined;
  return batches.every(({ field }) => field === first.field) ? { field: first.field, seconds } : undefined;
}
