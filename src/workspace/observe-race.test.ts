import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { verifies } from "../../test/requirements.ts";
import type { RuntimeError } from "../contract/errors.ts";
import { observe } from "./observe.ts";
import { openWorkspace } from "./workspace.ts";

verifies("workspace:leases");

const FLIP = `
const { renameSync, rmSync, writeFileSync } = require("node:fs");
const [, file] = process.argv;
console.log("flipping");
for (;;) {
  writeFileSync(file + ".new", "x");
  renameSync(file + ".new", file);
  rmSync(file);
}
`;

test("a file that comes and goes is there, or not, or the look is to be taken again", async () => {
  using directory = scratch();
  const workspace = openWorkspace(directory.path, "test");
  const child = spawn(process.execPath, ["-e", FLIP, join(directory.path, "file")]);
  await once(child.stdout, "data");
  const seen = new Set<string>();
  for (let tries = 0; tries < 200_000 && seen.size < 3; tries++) {
    const image = observe(workspace.root, "file", "file");
    seen.add(
      await image.then(
        ({ kind }) => kind,
        ({ code }: RuntimeError) => code,
      ),
    );
  }
  child.kill("SIGKILL");
  expect([...seen].toSorted()).toEqual(["LEASE_CONFLICT", "absent", "file"]);
  workspace.close();
});
