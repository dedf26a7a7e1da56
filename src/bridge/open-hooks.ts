import { canonicalJson } from "../contract/json.ts";
import type { Governor, HeldQuest, HookDecision } from "../contract/governor.ts";
import type { HookAnswer, Hooks } from "../contract/hooks.ts";
import type { Environment } from "../kernel/home.ts";
import { governorOf } from "./governor.ts";
import { localHooks } from "./local-decisions.ts";

const STRICTNESS: readonly HookDecision[] = ["ALLOW", "PAUSE", "DENY"];
const OWN_TIMEOUT_MS = 2000;

/**
 * Everybody who has to be asked about a run: the governor that it was started with, the one of the environment, and
 * the program's own. The strictest answer counts. `quest` governs what was planned from a quest.
 *
 * @throws INPUT_INVALID for an environment that names no usable governor
 */
export function openHooks(
  governor: Governor | undefined,
  env: Environment,
  own: Hooks | undefined,
  quest: (held: HeldQuest) => Hooks,
): Hooks | null {
  const named = new Map<string, Governor>();
  for (const each of [governor, governorOf(env)])
    if (each !== undefined) named.set(each.kind === "http" ? each.url : canonicalJson(each), each);
  const all = [...named.values()].map((each) => hooksOf(each, env, quest));
  if (own !== undefined) all.push(inTime(own));
  if (all.length === 0) return null;
  const [only] = all;
  if (all.length === 1 && only !== undefined) return only;
  return async (...question) => {
    const answers = await Promise.all(all.map(async (ask) => ask(...question)));
    return answers.reduce(stricter);
  };
}

function stricter(left: HookAnswer, right: HookAnswer): HookAnswer {
  return STRICTNESS.indexOf(left.decision) >= STRICTNESS.indexOf(right.decision) ? left : right;
}

function hooksOf(governor: Governor, env: Environment, quest: (held: HeldQuest) => Hooks): Hooks {
  if (governor.kind === "decisions") return localHooks(governor.decisions);
  if (governor.kind === "quest") return quest(governor);
  // Most runs have no governor; the network is loaded with the first question.
  return async (...question) => {
    const { httpHooks } = await import("./http-hooks.ts");
    return httpHooks(governor, env["AEGIS_GOVERNANCE_HOOK_SECRET"])(...question);
  };
}

/** A function of the program's own that does not answer is a denial, as a governor elsewhere is. */
function inTime(own: Hooks): Hooks {
  return async (...question) => {
    const answer = own(...question);
    // What was answered at once cannot be late.
    if ("decision" in answer) return answer;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`no answer within ${OWN_TIMEOUT_MS} ms`)),
      OWN_TIMEOUT_MS,
    );
    try {
      return await Promise.race([answer, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}
