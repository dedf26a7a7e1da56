import { RuntimeError } from "../contract/errors.ts";
import { type Governor, LocalDecisions } from "../contract/governor.ts";
import { problemsOf } from "../contract/spec-problems.ts";
import { type BridgeCall, jsonOption, parseObject } from "./call.ts";
import { HOOK_URL, httpGovernor } from "./governor.ts";

const DECISIONS = "AEGIS_GOVERNANCE_DECISIONS_JSON";

/**
 * Who governs the run, by the options and the environment. Local decisions and a governor elsewhere exclude each
 * other, also where one of them comes from the environment.
 *
 * @throws USAGE, INPUT_INVALID
 */
export function governorIn(call: Pick<BridgeCall, "text" | "flag" | "io">): Governor | undefined {
  const { env } = call.io;
  const decisions =
    jsonOption(call, "governanceDecisionsJson", "--governance-decisions-json") ??
    (env[DECISIONS] ? parseObject(env[DECISIONS], DECISIONS) : undefined);
  const url = option(call, "governanceHookUrl", "--governance-hook-url") ?? named(HOOK_URL, env[HOOK_URL]);
  if (decisions !== undefined && url !== undefined)
    throw new RuntimeError("USAGE", `Give local decisions or a governor's address (${url.name}), not both.`);
  if (decisions !== undefined) return { kind: "decisions", decisions: parseDecisions(decisions) };
  if (url === undefined) {
    if (call.flag("enableGovernanceHooks"))
      throw new RuntimeError(
        "USAGE",
        "--enable-governance-hooks needs --governance-decisions-json or --governance-hook-url.",
      );
    return undefined;
  }
  const timeoutMs = option(call, "governanceHookTimeoutMs", "--governance-hook-timeout-ms");
  const failMode = option(call, "governanceHookFailMode", "--governance-hook-fail-mode");
  return httpGovernor(
    url,
    { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(failMode === undefined ? {} : { failMode }) },
    env,
  );
}

function option(call: Pick<BridgeCall, "text">, name: string, flag: string) {
  return named(flag, call.text(name));
}

function named(name: string, text: string | undefined) {
  return text === undefined || text === "" ? undefined : { name, text };
}

function parseDecisions(value: Readonly<Record<string, unknown>>): LocalDecisions {
  const result = LocalDecisions.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const problems = problemsOf(result.error.issues, LocalDecisions).map(
    ({ path, message }) => `${path.join(".") || "the object"} ${message}`,
  );
  throw new RuntimeError("INPUT_INVALID", `The governance decisions are not valid: ${problems.join("; ")}.`);
}
