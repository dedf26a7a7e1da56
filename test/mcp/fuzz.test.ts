import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { verifies } from "../requirements.ts";
import { headersFor, message, openSite, type Site } from "./site.ts";

verifies("mcp:http");

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

const METHODS = [
  "tools/list",
  "tools/call",
  "resources/list",
  "resources/read",
  "resources/templates/list",
  "prompts/list",
  "prompts/get",
  "completion/complete",
  "tasks/get",
  "tasks/update",
  "tasks/cancel",
  "server/discover",
  "initialize",
  "ping",
  "notifications/cancelled",
  "logging/setLevel",
];
const NAMES = ["io.fs.read_file", "io.fs.stat", "undo", "result", "tidy-inbox", "", "__proto__"];
const URIS = [
  "runs/",
  "runs/x",
  "runs/x/diff",
  "runs/../x",
  "ledger/0",
  "ledger/1",
  "packs/demo",
  "packs/%",
].map((path) => `airun://${path}`);
const ABLE = { elicitation: { form: {}, url: {} }, extensions: { "io.modelcontextprotocol/tasks": {} } };

const params = fc.oneof(
  fc.dictionary(fc.string(), fc.jsonValue()),
  fc.record(
    {
      name: fc.oneof(fc.constantFrom(...NAMES), fc.jsonValue()),
      arguments: fc.oneof(fc.dictionary(fc.constantFrom("path", "run", "x"), fc.jsonValue()), fc.jsonValue()),
      uri: fc.oneof(fc.webUrl(), fc.constantFrom(...URIS), fc.jsonValue()),
      taskId: fc.jsonValue(),
      inputResponses: fc.jsonValue(),
      requestState: fc.jsonValue(),
      ref: fc.jsonValue(),
      argument: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
);

test("whatever a client sends, the answer is one of the protocol, and nothing breaks", async () => {
  const { host } = new URL(site.url);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...METHODS), params, fc.boolean(), async (method, given, isModern) => {
      const modern = message(method, given, { capabilities: ABLE });
      const body = isModern ? modern : { jsonrpc: "2.0", id: 1, method, params: given };
      const { authorization, accept, ...rest } = headersFor(site, modern);
      const name = rest["mcp-name"];
      // What no header can carry is a matter of the client.
      fc.pre(name === undefined || /^[\x20-\x7E]*$/.test(name));
      const headers = {
        host,
        authorization: authorization ?? "",
        accept: accept ?? "",
        ...(isModern ? rest : { "content-type": "application/json" }),
      };
      const response = await site.control.app.request(`${site.url}/mcp`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
      const text = await response.text();
      expect([response.status, text]).toEqual([expect.toSatisfy((status: number) => status < 500), text]);
      for (const place of [site.home, site.workspace, "    at "]) expect(text).not.toContain(place);
      expect(site.faults).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
