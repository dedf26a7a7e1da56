import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { TestProject } from "vitest/node";

import { createRuntime } from "../src/index.ts";
import { USED_HOME } from "./home.ts";

const directory = mkdtempSync(join(tmpdir(), "airun-home-"));

/** Makes the home that tests get a copy of: a first start takes longer than most tests. */
export async function setup({ config }: TestProject): Promise<void> {
  // Of programs that a test starts, too. Counts of what was covered are less exact with it.
  if (!config.coverage.enabled) process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "airun-compile-cache");
  const home = join(directory, "home");
  const workspace = join(directory, "workspace");
  await using _ = await createRuntime({ workspace, env: { AI_FIRST_HOME: home } });
  process.env[USED_HOME] = home;
}

export function teardown(): void {
  rmSync(directory, { recursive: true, force: true });
}
