import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

import { defineCapability } from "../../src/index.ts";
import { openIssuer } from "../issuer.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { makeActive } from "./make-active.ts";
import { headersFor, message, openSite, rpc, type Site } from "./site.ts";

verifies("mcp:http", "mcp:tokens", "mcp:sources");

const directory = scratch();
const issuer = await openIssuer(directory.path);
const heard: (readonly [name: string, value: unknown])[][] = [];
const upstream = createServer((request, response) => {
  heard.push(Object.entries(request.headers));
  response.end("{}");
}).listen(0, "127.0.0.1");
await once(upstream, "listening");
const { port } = upstream.address() as AddressInfo;

const CALL_OUT = defineCapability({
  id: "test.call_out",
  version: "1.0.0",
  description: "Calls another server.",
  input: z.strictObject({}),
  output: z.strictObject({ status: z.int() }),
  risk: { level: "LOW", justification: "a test" },
  sideEffects: ["network_read"],
  undo: { kind: "none" },
  hosts: [`127.0.0.1:${port}`],
  run: async ({ net }) => {
    const { status } = await net.request({ method: "GET", url: `http://127.0.0.1:${port}/` });
    return { status };
  },
});

const file = (value: unknown) => JSON.stringify(value);
const facade = (name: string) => ({
  [`specs/facades/${name}.yaml`]: file({
    name,
    version: "1.0.0",
    description: "Calls out.",
    triggers: [`call ${name}`],
    routes: { primary: { type: "workflow", ref: name } },
  }),
  [`workflows/${name}.yaml`]: file({
    workflow_id: name,
    name,
    version: "1.0.0",
    description: "Calls out.",
    metadata: { owner: "test" },
    initial_state: { note: "" },
    steps: [{ name: "call", capability_name: "test.call_out" }],
  }),
  [`packs/${name}/pack.yaml`]: file({
    pack_id: `pack.${name}`,
    name,
    version: "1.0.0",
    description: "Calls out.",
    includes: { workflows: [name] },
    risk_profile: { max_risk: "LOW" },
    ...(name === "for_trusted" ? { governance: { principals: ["agent:trusted"] } } : {}),
  }),
});

let site: Site;
beforeAll(async () => {
  site = await openSite({
    capabilities: [CALL_OUT],
    assets: { ...facade("for_all"), ...facade("for_trusted"), ...facade("never_active") },
    env: { AI_FIRST_ALLOW_PRIVATE_HOSTS: `127.0.0.1:${port}`, ...issuer.env },
  });
  for (const pack of ["for_all", "for_trusted"]) await makeActive(site.runtime, pack);
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  upstream.close();
  directory[Symbol.dispose]();
});

test("the token of a caller goes to no other server, and into no entry", async () => {
  heard.length = 0;
  const { result } = await rpc(site, "tools/call", { name: "for_all", arguments: {} });
  expect(result).toMatchObject({ structuredContent: { outputs: { call: { status: 200 } } } });
  expect(heard).toHaveLength(1);
  expect(JSON.stringify(heard)).not.toContain(site.agent);
  expect(JSON.stringify([...site.runtime.ledger.entries()])).not.toContain(site.agent);
});

test("lists show what is ACTIVE and one's own, and are cached for nobody else", async () => {
  const namesFor = async (name: string) => {
    const { result } = await rpc(site, "tools/list", {}, { name });
    expect(result).toMatchObject({ cacheScope: "private" });
    const { tools } = z.looseObject({ tools: z.array(z.looseObject({ name: z.string() })) }).parse(result);
    return tools.map((tool) => tool.name);
  };
  const [trusted, other] = [await namesFor("trusted"), await namesFor("other")];
  expect([trusted.includes("for_trusted"), other.includes("for_trusted")]).toEqual([true, false]);
  expect([...trusted, ...other]).not.toContain("never_active");
  const asked = { name: "for_trusted", arguments: {} };
  const refused = await rpc(site, "tools/call", asked, { name: "other" });
  const unknown = await rpc(site, "tools/call", { ...asked, name: "never_active" }, { name: "other" });
  // The same for what is another's and for what is not there.
  expect(refused.error?.code).toBe(unknown.error?.code);
  expect(refused.error?.message.replace("for_trusted", "never_active")).toBe(unknown.error?.message);
});

test("what a caller adds to a call decides nothing", async () => {
  const more = {
    run: "mine",
    principal: { human: "root", agent: "" },
    approval: "declared",
    risk: "LOW",
    cwd: "/",
    facade: "tidy-inbox",
    _meta: { principal: { human: "root" }, "airun/run": "mine" },
  };
  const { result } = await rpc(
    site,
    "tools/call",
    { name: "for_all", arguments: {}, ...more },
    { name: "liar" },
  );
  const { run } = z.looseObject({ run: z.string() }).parse(result?.["structuredContent"]);
  expect(run).not.toBe("mine");
  const [started] = site.runtime.ledger.entries({ run, types: ["run-started"] });
  expect(site.runtime.ledger.object(started?.by ?? "")).toMatchObject({ agent: "liar", service: "mcp" });
  expect(started?.data).toMatchObject({ cwd: ".", facade: "for_all@1.0.0" });
});

test("a stream of changes ends with the token of its reader", async () => {
  const body = message("subscriptions/listen", { notifications: { toolsListChanged: true } });
  const token = await issuer.mint({ claims: { exp: Math.floor(Date.now() / 1000) + 2 } });
  const response = await site.send({
    method: "POST",
    headers: headersFor({ agent: token }, body),
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("notifications/subscriptions/acknowledged");
});

test("no answer shows a stack or a place of the machine", async () => {
  const answers = await Promise.all([
    rpc(site, "resources/read", { uri: "airun://runs/../../etc/passwd" }),
    rpc(site, "tools/call", { name: "io.fs.read_file", arguments: { path: "../home/mcp-token" } }),
    rpc(site, "tools/call", { name: "io.fs.read_file", arguments: { path: "missing.txt" } }),
    rpc(site, "prompts/get", { name: "none" }),
    rpc(site, "completion/complete", { ref: { type: "ref/prompt", name: "x" }, argument: {} }),
    rpc(site, "tasks/get", { taskId: 7 }),
    rpc(site, "no/such/method", {}),
  ]);
  const text = JSON.stringify(answers);
  for (const place of [site.home, site.workspace, "node_modules", "    at "])
    expect(text).not.toContain(place);
  expect(site.faults).toEqual([]);
});
