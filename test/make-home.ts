import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createRuntime } from "../src/index.ts";
import { USED_HOME } from "./home.ts";

const directory = mkdtempSync(join(tmpdir(), "airun-home-"));

/** Makes the home that tests get a copy of: a first start takes longer than most tests. */
export async function setup(): Promise<void> {
  const home = join(directory, "home");
  const workspace = join(directory, "workspace");
  await using _ = await createRuntime({ workspace, env: { AI_FIRST_HOME: home } });
  process.env[USED_HOME] = home;
}

export function teardown(): void {
  rmSync(directory, { recursive: true, force: true });
}
