import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, expect, test } from "vitest";

import { BUBBLEWRAP_PLACES, findBubblewrap } from "../../src/sandbox/bubblewrap.ts";
import { programEnv } from "../home.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { chainIn } from "./chain.ts";

verifies("import:proposals", "import:hostile");

const AIRUN = join(import.meta.dirname, "../../bin/airun.cjs");

const directory = scratch();
afterAll(() => directory[Symbol.dispose]());

test("where no bubblewrap can be found, a program is neither started nor proposed", async () => {
  mkdirSync(join(directory.path, "workspace"));
  const started = join(directory.path, "started");
  writeFileSync(
    join(directory.path, "server.cjs"),
    `require("node:fs").writeFileSync(${JSON.stringify(started)}, "");`,
  );
  const importing = [
    "import",
    "mcp",
    "desk",
    "--command",
    "node",
    "--reason",
    "the desk asks",
    "--",
    "server.cjs",
  ];
  const airun = [process.execPath, AIRUN, "--json", ...importing];
  const [program = "", ...args] = [...(await withoutBubblewrap()), ...airun];
  const { status, stdout } = spawnSync(program, args, {
    cwd: directory.path,
    env: programEnv(directory.path),
    encoding: "utf8",
  });
  expect([JSON.parse(stdout), status]).toMatchObject([
    {
      error: {
        code: "SANDBOX_UNAVAILABLE",
        message: "A foreign program is started in a sandbox alone: bubblewrap is not installed.",
      },
    },
    11,
  ]);
  expect(existsSync(started)).toBe(false);
  const { document } = await chainIn(directory.path).json(["proposals"]);
  expect(JSON.stringify(document)).not.toContain("desk");
});

/** What starts a program on this machine as it would be without bubblewrap: a bubble in which nobody finds another one. */
async function withoutBubblewrap(): Promise<readonly string[]> {
  const found = await findBubblewrap();
  if (!found.isAvailable) return [];
  const places = new Set(
    BUBBLEWRAP_PLACES.filter((place) => existsSync(place)).map((place) => realpathSync(place)),
  );
  const hidden = [...places].flatMap((place) => ["--ro-bind", "/dev/null", place]);
  return [found.program, "--dev-bind", "/", "/", ...hidden, "--"];
}
