import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";
import { z } from "zod";

import { CATEGORIES, type Category } from "../../src/contract/errors.ts";
import { createRuntime, defineCapability } from "../../src/index.ts";
import { type LocalServer, startServer } from "../local-server.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { type Answer, capabilityArgs, flow, GATE, runBridge, workflowArgs, write } from "./run-bridge.ts";

verifies("bridge:record");

type Site = {
  readonly directory: string;
  readonly server: LocalServer;
  readonly env: Record<string, string>;
};
type Case = (site: Site) => Promise<Answer>;

const throwing = defineCapability({
  id: "test.throw",
  version: "1.0.0",
  description: "Throws what is no error.",
  input: z.strictObject({}),
  output: z.strictObject({}),
  risk: { level: "LOW", justification: "none" },
  sideEffects: ["read_only"],
  undo: { kind: "none" },
  run: () => Promise.reject(new Error("plain")),
});

/** A real case for every category, and so for every exit code. */
const CASES: Readonly<Record<Category | "SUCCESS", Case>> = {
  SUCCESS: (site) => runBridge(capabilityArgs("io.fs.list_dir", { path: "." }), site),
  VALIDATION_ERROR: (site) => runBridge(capabilityArgs("io.fs.list_dir", { paths: "." }), site),
  PERMISSION_DENIED: (site) =>
    runBridge(
      workflowArgs(flow([write("a", "a")]), "--governance-decisions-json", '{"pre_execution":"DENY"}'),
      site,
    ),
  RESOURCE_NOT_FOUND: (site) => runBridge(capabilityArgs("io.fs.read_file", { path: "nowhere" }), site),
  TIMEOUT: (site) =>
    runBridge(capabilityArgs("net.http.get", { url: urlOf(site, "late"), timeout: 1 }), site),
  NETWORK_ERROR: (site) => runBridge(capabilityArgs("net.http.get", { url: urlOf(site, "broken") }), site),
  EXTERNAL_SERVICE_ERROR: (site) =>
    runBridge(capabilityArgs("net.http.get", { url: urlOf(site, "500") }), site),
  CANCELLED: async (site) => {
    const { record } = await runBridge(workflowArgs(flow([GATE])), site);
    return runBridge(
      ["workflow-cancel", "--workflow-execution-id", String(record["workflowExecutionId"])],
      site,
    );
  },
  CONSTITUTION_VIOLATION: (site) =>
    runBridge(workflowArgs(flow([write("a", "a")]), "--governance-hook-url", urlOf(site, "violation")), site),
  INTERNAL_ERROR: (site) => {
    mkdirSync(join(site.directory, "home"), { mode: 0o700 });
    mkdirSync(join(site.directory, "home/home.db"));
    return runBridge(capabilityArgs("io.fs.list_dir", { path: "." }), site);
  },
  UNKNOWN_ERROR: (site) =>
    runBridge(capabilityArgs("test.throw", {}), {
      ...site,
      openRuntime: (options) => createRuntime({ ...options, capabilities: [throwing] }),
    }),
  PAUSED: (site) => runBridge(workflowArgs(flow([GATE])), site),
};

test.for(Object.entries(CASES))("%s", async ([category, run]) => {
  using directory = scratch();
  await using server = await startServer((request, response) => {
    if (request.url === "/broken") response.destroy();
    else if (request.url === "/500") response.writeHead(500).end();
    else if (request.url !== "/late")
      response.end(JSON.stringify({ decision: "DENY", reason: "never", violation_id: "V-1" }));
  });
  const env = { AI_FIRST_ALLOW_PRIVATE_HOSTS: `127.0.0.1:${server.port}` };
  const { exitCode, record } = await run({ directory: directory.path, server, env });
  if (category === "SUCCESS") expect([exitCode, record["error"]]).toEqual([0, null]);
  else
    expect({ exitCode, record }).toMatchObject({
      exitCode: CATEGORIES[category as Category].exit,
      record: { error: { category } },
    });
});

function urlOf({ server }: Site, path: string): string {
  return `http://127.0.0.1:${server.port}/${path}`;
}
