import { RuntimeError } from "../contract/errors.ts";
import { type Governor, HookDecision } from "../contract/governor.ts";
import type { Environment } from "../kernel/home.ts";

export const HOOK_URL = "AEGIS_GOVERNANCE_HOOK_URL";
export const HOOK_TIMEOUT = "AEGIS_GOVERNANCE_HOOK_TIMEOUT_MS";
export const HOOK_FAIL_MODE = "AEGIS_GOVERNANCE_HOOK_FAIL_MODE";

const DEFAULT_TIMEOUT_MS = 2000;
const MAX_TIMEOUT_MS = 600_000;

/** The governor that the environment names for every run of this process. @throws INPUT_INVALID */
export function governorOf(env: Environment): Governor | undefined {
  const url = env[HOOK_URL];
  if (url === undefined || url === "") return undefined;
  return httpGovernor({ name: HOOK_URL, text: url }, {}, env);
}

type Named = { readonly name: string; readonly text: string };

/** A governor over HTTP; what is not given as an option, the environment says. @throws INPUT_INVALID */
export function httpGovernor(
  url: Named,
  options: { readonly timeoutMs?: Named; readonly failMode?: Named },
  env: Environment,
): Governor {
  const given = (name: string): Named | undefined => {
    const text = env[name];
    return text === undefined || text === "" ? undefined : { name, text };
  };
  return {
    kind: "http",
    url: parseUrl(url),
    timeoutMs: parseTimeout(options.timeoutMs ?? given(HOOK_TIMEOUT)),
    failMode: parseFailMode(options.failMode ?? given(HOOK_FAIL_MODE)),
  };
}

function parseUrl({ name, text }: Named): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new RuntimeError("INPUT_INVALID", `${name}: ${JSON.stringify(text)} is no http or https address.`);
  if (url.username !== "" || url.password !== "")
    throw new RuntimeError("INPUT_INVALID", `${name}: the address must not hold a name or a password.`);
  return url.href;
}

function parseTimeout(given: Named | undefined): number {
  if (given === undefined) return DEFAULT_TIMEOUT_MS;
  const timeoutMs = Number(given.text);
  if (!/^\d+$/.test(given.text) || timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS)
    throw new RuntimeError(
      "INPUT_INVALID",
      `${given.name}: ${JSON.stringify(given.text)} is no number of milliseconds from 1 to ${MAX_TIMEOUT_MS}.`,
    );
  return timeoutMs;
}

function parseFailMode(given: Named | undefined): HookDecision {
  if (given === undefined) return "DENY";
  const { success, data } = HookDecision.safeParse(given.text.toUpperCase());
  if (!success)
    throw new RuntimeError(
      "INPUT_INVALID",
      `${given.name}: ${JSON.stringify(given.text)} is none of ${HookDecision.options.join(", ")}.`,
    );
  return data;
}
