import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

import { verifies } from "../requirements.ts";
import { LEGACY, MODERN, openSite, rpc, type Site } from "./site.ts";

verifies("mcp:http");

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

test.for([MODERN, LEGACY] as const)("over HTTP a client of %s lists, calls and undoes", async (revision) => {
  const client = await site.connect({ name: `client-${revision}`, revision });
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(["tidy-inbox", "undo", "result"]));
  const path = `${revision}.txt`;
  const written = await client.callTool({ name: "io.fs.write_file", arguments: { path, content: "hi" } });
  expect(written).toMatchObject({ structuredContent: { bytes_written: 2, success: true } });
  const file = join(site.workspace, path);
  expect(readFileSync(file, "utf8")).toBe("hi");
  const run = String(written._meta?.["airun/run"]);
  const [started] = site.runtime.ledger.entries({ run, types: ["run-started"] });
  expect(site.runtime.ledger.object(started?.by ?? "")).toMatchObject({
    agent: `client-${revision}`,
    service: "mcp",
  });
  const undone = await client.callTool({ name: "undo", arguments: { run } });
  expect(undone).toMatchObject({ structuredContent: { run, status: "ROLLED_BACK" } });
  expect(existsSync(file)).toBe(false);
  expect(site.faults).toEqual([]);
});

async function correlationFor(_meta: Readonly<Record<string, unknown>>) {
  const params = { name: "sys.info.get_time", arguments: {}, _meta };
  const { result } = await rpc(site, "tools/call", params);
  const { "airun/run": run } = z.looseObject({ "airun/run": z.string() }).parse(result?.["_meta"]);
  const [started] = site.runtime.ledger.entries({ run, types: ["run-started"] });
  return started?.data.correlation;
}

test("a run belongs under the span of its caller; an odd one is none", async () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  expect(await correlationFor({ traceparent })).toEqual({ traceparent });
  expect(await correlationFor({ traceparent, tracestate: "vendor=1" })).toEqual({
    traceparent,
    tracestate: "vendor=1",
  });
  expect(await correlationFor({ traceparent, tracestate: "vendor=1\r\nx-admin: 1" })).toEqual({
    traceparent,
  });
  for (const odd of [
    "00-zz",
    `${traceparent}\r\nx-admin: 1`,
    traceparent.replace("00-", "ff-"),
    [traceparent],
  ])
    expect(await correlationFor({ traceparent: odd })).toBeUndefined();
});

test("undo and result are for one's own calls; what is wrong with an input is told", async () => {
  const [writer, other] = [{ name: "writer" }, { name: "other" }];
  const params = { name: "io.fs.write_file", arguments: { path: "own.txt", content: "hi" } };
  const { result } = await rpc(site, "tools/call", params, writer);
  const { "airun/run": run } = z.looseObject({ "airun/run": z.string() }).parse(result?.["_meta"]);
  for (const name of ["undo", "result"]) {
    const refused = await rpc(site, "tools/call", { name, arguments: { run } }, other);
    expect(JSON.stringify(refused.result?.content)).toContain("RUN_UNKNOWN");
    const odd = await rpc(site, "tools/call", { name, arguments: { run, more: 1 } }, writer);
    expect(JSON.stringify(odd.result?.content)).toContain("INPUT_INVALID");
  }
  expect(existsSync(join(site.workspace, "own.txt"))).toBe(true);
  const shown = await rpc(site, "tools/call", { name: "result", arguments: { run } }, writer);
  expect(shown.result).toMatchObject({ structuredContent: { bytes_written: 2 } });
  const wrong = { name: "io.fs.write_file", arguments: { path: "a", contents: "x" } };
  expect(JSON.stringify((await rpc(site, "tools/call", wrong)).result?.content)).toContain("INPUT_INVALID");
});
