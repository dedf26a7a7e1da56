import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { openIn } from "../installation.ts";
import { startServer } from "../local-server.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";

verifies("hooks:governor", "docs:true");

const EXAMPLE = join(import.meta.dirname, "../../examples/governor.ts");

test("the example governor allows, refuses and pauses what it says", async () => {
  using directory = scratch();
  const governed = await startExample("both know it");
  await using runtime = await openIn(directory.path, { env: governed });
  const quick = await runtime.run("load_test_quick", { inputs: { run_id: "r" } });
  expect(quick.status).toBe("COMPLETED");
  const deleted = await runtime.run("io.fs.delete", { inputs: { path: "out.txt" } });
  expect(deleted.status).toBe("PAUSED");
  const refused = await runtime.run("sys.exec.run", { inputs: { command: "ls", args: [] } });
  expect(refused.failure).toMatchObject({
    code: "CONSTITUTION_VIOLATION",
    details: { hook: "pre_step", violation: "HOUSE-1" },
  });
});

test("it answers nobody who does not know the secret, and so nothing runs", async () => {
  using directory = scratch();
  const { AEGIS_GOVERNANCE_HOOK_URL = "" } = await startExample("both know it");
  await using runtime = await openIn(directory.path, { env: { AEGIS_GOVERNANCE_HOOK_URL } });
  expect(await runtime.run("sys.info.get_time")).toMatchObject({
    status: "FAILED",
    failure: { code: "DENIED", details: { failed: "the status is 401" } },
  });
});

async function startExample(secret: string): Promise<Record<string, string>> {
  const port = await freePort();
  const env = { PATH: process.env["PATH"], AEGIS_GOVERNANCE_HOOK_SECRET: secret };
  const child = spawn(process.execPath, [EXAMPLE, String(port)], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill());
  await once(child.stdout, "data");
  return {
    AEGIS_GOVERNANCE_HOOK_SECRET: secret,
    AEGIS_GOVERNANCE_HOOK_URL: `http://127.0.0.1:${port}/`,
    AEGIS_GOVERNANCE_HOOK_TIMEOUT_MS: "10000",
  };
}

async function freePort(): Promise<number> {
  await using server = await startServer(() => {});
  return server.port;
}
