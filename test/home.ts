import { chmodSync, cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Where `make-home.ts` says that there is a home to copy. */
export const USED_HOME = "AIRUN_TEST_USED_HOME";

/**
 * Where the home of a test lies, made as by an earlier command, unless `env` names another. One that reads other assets
 * makes its own: a home's first start approves what the assets hold.
 */
export function homeIn(directory: string, env: Readonly<Record<string, string | undefined>> = {}): string {
  const { AI_FIRST_HOME: home = join(directory, "home") } = env;
  if (home === env["AI_FIRST_HOME"]) return home;
  const used = process.env[USED_HOME];
  const isPackage = env["AI_FIRST_ASSETS_DIR"] === undefined && env["AI_FIRST_SPECS_DIR"] === undefined;
  if (used !== undefined && isPackage && !existsSync(home)) copyPrivate(used, home);
  return home;
}

/** The environment of a program that a test starts: `env`, a home, and what Node has compiled before. */
export function programEnv(
  directory: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const inherited = { PATH: process.env["PATH"], NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] };
  const all = Object.entries({ ...inherited, AI_FIRST_HOME: homeIn(directory, env), ...env });
  return Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** The environment of a first start. */
export function newHomeIn(directory: string): { readonly AI_FIRST_HOME: string } {
  return { AI_FIRST_HOME: join(directory, "home") };
}

function copyPrivate(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  chmodSync(to, 0o700);
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true }))
    if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), 0o700);
}
