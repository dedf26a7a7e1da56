import { mkdirSync, statSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join, resolve } from "node:path";

import { fromSystem, RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the home is, whether it exists or not: `AI_FIRST_HOME`, else `~/.ai-first`. */
export function homeOf(env: Environment): string {
  return resolve(env["AI_FIRST_HOME"] || join(homedir(), ".ai-first"));
}

/**
 * The installation's home: `AI_FIRST_HOME`, else `~/.ai-first`. Made with mode 0700 on first use.
 *
 * @throws OS_PERMISSION where others may write into it, or it cannot be made
 */
export function ensureHome(env: Environment): string {
  const home = homeOf(env);
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const { mode } = statSync(home);
    if ((mode & 0o022) === 0) return home;
  } catch (error) {
    throw fromSystem(error, `The home "${home}"`);
  }
  throw new RuntimeError(
    "OS_PERMISSION",
    `The home "${home}" can be written by others; run chmod 700 on it.`,
  );
}

/** What this installation is for, as workflows and policies name it. */
export function environmentOf(env: Environment): string {
  return env["AI_FIRST_ENVIRONMENT"] || "dev";
}

/** The private endpoints that the operator allows, as `host:port`. */
export function privateHostsOf(env: Environment): readonly string[] {
  return (env["AI_FIRST_ALLOW_PRIVATE_HOSTS"] ?? "")
    .split(",")
    .map((endpoint) => endpoint.trim())
    .filter((endpoint) => endpoint !== "");
}

/** The person at this machine, acting through one of the runtime's doors. */
export function localPrincipal(
  service: "cli" | "embed" | "bridge" | "mcp" | "rest",
  env: Environment,
): Principal {
  return {
    human: userName(env),
    agent: env["AI_FIRST_AGENT"] ?? "",
    session: env["AI_FIRST_SESSION"] ?? "local",
    service,
    scopes: ["local"],
  };
}

function userName(env: Environment): string {
  try {
    return userInfo().username;
  } catch {
    // A process without an entry in the user database, as in many containers.
    return env["USER"] ?? `uid-${process.getuid?.()}`;
  }
}
