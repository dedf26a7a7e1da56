import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";
import { programEnv } from "./home.ts";

verifies("docs:true");

const EXAMPLES = join(import.meta.dirname, "..", "examples");
const scripts = readdirSync(EXAMPLES).filter((name) => name.endsWith(".ts"));

/** What an example must print, besides ending well. */
const OUTPUT: Readonly<Record<string, string>> = {
  "embed.ts": "COMPLETED { bytes: 12 } Hello, Ada!\nundone\n",
  "shout.ts": "COMPLETED { bytes: 5 }\nROLLED_BACK\n",
};

test.for(scripts)("%s runs", (name) => {
  using directory = scratch();
  const { status, stdout, stderr } = runScript(join(EXAMPLES, name), directory.path);
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toBe(OUTPUT[name] ?? stdout);
  expect(existsSync(join(directory.path, "workspace", "hello.txt"))).toBe(false);
});

test("an example that fails is noticed", () => {
  using directory = scratch();
  expect(runScript(join(directory.path, "missing.ts"), directory.path).status).not.toBe(0);
});

function runScript(path: string, cwd: string): { status: number | null; stdout: string; stderr: string } {
  const env = programEnv(cwd, { NO_COLOR: "1" });
  return spawnSync(process.execPath, [path], { cwd, env, encoding: "utf8" });
}
