import { Server } from "@modelcontextprotocol/server";
import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import type { Guest } from "./guest.ts";
import { openSessions } from "./sessions.ts";

verifies("mcp:http");

const HOUR_MS = 60 * 60 * 1000;
const ANN: Guest = {
  principal: { human: "ann", agent: "desk", session: "s", service: "mcp", scopes: [] },
  roles: null,
};
const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "desk", version: "1" } },
};

function post(): Request {
  return new Request("http://127.0.0.1/mcp", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify(INITIALIZE),
  });
}

test("one client gets so many sessions and no more, also where it asks for many at once; idle ones make room", async () => {
  let nowMs = 0;
  const sessions = openSessions(
    () => new Server({ name: "test", version: "1" }, { capabilities: { resources: { subscribe: true } } }),
    () => nowMs,
  );
  const open = async (): Promise<number> => (await sessions.serve(post(), INITIALIZE, ANN)).status;
  const statuses = await Promise.all(Array.from({ length: 40 }, open));
  expect(statuses.filter((status) => status === 200)).toHaveLength(32);
  expect(statuses.filter((status) => status === 429)).toHaveLength(8);
  expect([...sessions.listeners()]).toHaveLength(32);
  expect(await open()).toBe(429);
  nowMs = HOUR_MS + 1;
  expect(await open()).toBe(200);
  expect([...sessions.listeners()]).toHaveLength(1);
  await sessions.close();
});
