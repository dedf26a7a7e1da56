import { existsSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { Approval } from "../../src/contract/rest/approval.ts";
import { asking, enforce, person } from "../handshake-site.ts";
import { openIssuer } from "../issuer.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { openNotes } from "./notes.ts";
import { LEGACY, MODERN, rpc } from "./site.ts";

verifies("mcp:handshake");

/** A site where everything asks, with ann, who calls, and bob, who may approve. */
async function openAsking(directory: string, holdMs = 45_000) {
  const { env, tokenOf } = await openIssuer(directory);
  const site = await openNotes({ env, holdMs });
  await enforce(site.runtime, { policies: asking() });
  const { governance } = site.control.station.chain;
  const [admin = ""] = governance.state().principals.keys();
  await governance.register(person(admin), { name: "bob", person: "bob", roles: ["approver"] });
  const answer = async (approval: string, who: string) => {
    const headers = {
      authorization: `Bearer ${await tokenOf(who, ["approver"])}`,
      "content-type": "application/json",
    };
    const path = `/v1/approvals/${approval}`;
    const shown = Approval.parse(await (await site.send({ method: "GET", path, headers })).json());
    const body = JSON.stringify({ digest: shown.digest, reason: "looked at it" });
    return (await site.send({ method: "POST", path: `${path}/approve`, headers, body })).status;
  };
  return { site, answer, token: await tokenOf("ann", ["operator"], "ann-bot") };
}

test.for([MODERN, LEGACY] as const)(
  "%s: a call of high risk waits for another person, whose yes in the console releases it",
  async (revision) => {
    using directory = scratch();
    const { site, answer, token } = await openAsking(directory.path);
    await using _ = site;
    const client = await site.connect({
      revision,
      token,
      capabilities: { elicitation: { form: {}, url: {} } },
    });
    const pages: string[] = [];
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      if (!("url" in params)) return { action: "accept", content: { confirm: true } };
      pages.push(params.url);
      const approval = params.url.slice(params.url.lastIndexOf("/") + 1);
      // In whose name it runs cannot release it; who has the role can, while the client waits.
      expect(await answer(approval, "ann")).toBe(403);
      setTimeout(() => void answer(approval, "bob"), 50);
      return { action: "accept" };
    });
    const path = "high.txt";
    const result = await client.callTool({ name: "high_note", arguments: { path, text: "x" } });
    expect(pages).toHaveLength(1);
    expect(result.isError ?? false).toBe(false);
    expect(existsSync(join(site.workspace, path))).toBe(true);
  },
);

test("where nobody answers in time, the client is told what waits, and finds the result later", async () => {
  using directory = scratch();
  const { site, answer, token } = await openAsking(directory.path, 300);
  await using _ = site;
  const capabilities = { elicitation: { form: {}, url: {} } };
  const client = await site.connect({ revision: LEGACY, token, capabilities, name: "old" });
  let approval = "";
  client.setRequestHandler("elicitation/create", ({ params }) => {
    approval = "url" in params ? params.url.slice(params.url.lastIndexOf("/") + 1) : "";
    return { action: "accept" };
  });
  const call = { name: "high_note", arguments: { path: "late.txt", text: "x" } };
  const waits = await client.callTool(call);
  expect(waits.isError).toBe(true);
  expect(JSON.stringify(waits.content)).toContain(`/#/approvals/${approval}`);

  const more = { name: "new", capabilities, token };
  const asked = await rpc(site, "tools/call", call, more);
  const [key = ""] = Object.keys(asked.result?.inputRequests ?? {});
  const opened = {
    inputResponses: { [key]: { action: "accept" } },
    requestState: asked.result?.requestState,
  };
  const again = await rpc(site, "tools/call", { ...call, ...opened }, more);
  // Only to come back: nobody is asked twice to open a page.
  expect(again.result).toMatchObject({ resultType: "input_required", requestState: expect.any(String) });
  expect(again.result).not.toHaveProperty("inputRequests");

  expect(await answer(approval, "bob")).toBe(200);
  const run = String(waits._meta?.["airun/run"]);
  const ended = await client.callTool({ name: "result", arguments: { run, wait_seconds: 30 } });
  expect(ended).toMatchObject({ structuredContent: { run } });
  expect(existsSync(join(site.workspace, "late.txt"))).toBe(true);
});
