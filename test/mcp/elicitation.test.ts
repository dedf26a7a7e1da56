import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Client, ElicitResult } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, test } from "vitest";

import { verifies } from "../requirements.ts";
import { type Notes, openNotes } from "./notes.ts";
import { headersFor, LEGACY, message, MODERN, type Revision, rpc } from "./site.ts";

verifies("mcp:handshake");

let site: Notes;
beforeAll(async () => {
  site = await openNotes();
});
afterAll(() => site[Symbol.asyncDispose]());

let notes = 0;
const next = () => `note-${++notes}.txt`;
const written = (path: string): boolean => existsSync(join(site.workspace, path));
const FORMS = { elicitation: { form: {} } };

/** A client whose person answers so; with the questions that they saw. */
async function person(
  revision: Revision,
  answer: (asked: string) => ElicitResult,
  capabilities: object = FORMS,
) {
  const client = await site.connect({ name: "assistant", revision, capabilities });
  const asked: { message: string; url?: string }[] = [];
  client.setRequestHandler("elicitation/create", ({ params }) => {
    asked.push({ message: params.message, ...("url" in params ? { url: params.url } : {}) });
    return answer(params.message);
  });
  return { client, asked };
}

const call = (client: Client, name: string, path: string) =>
  client.callTool({ name, arguments: { path, text: "hello" } });
const failureIn = (result: { content?: unknown }) => JSON.stringify(result.content);

const YES: ElicitResult = { action: "accept", content: { confirm: true } };
const BOTH = [MODERN, LEGACY] as const;

test.for(BOTH)("%s: what a person confirms in a form is done, once, in their name", async (revision) => {
  const { client, asked } = await person(revision, () => YES);
  const path = next();
  const result = await call(client, "low_note", path);
  expect(result).toMatchObject({ structuredContent: { outputs: { write: { path } } } });
  expect(readFileSync(join(site.workspace, path), "utf8")).toBe("hello");
  expect(asked).toEqual([{ message: expect.stringContaining(path) }]);
  const run = String(result._meta?.["airun/run"]);
  const [decided] = site.runtime.ledger.entries({ run, types: ["approval-decided"] });
  const [started] = site.runtime.ledger.entries({ run, types: ["run-started"] });
  const who = site.runtime.ledger.object(decided?.by ?? "");
  expect(decided?.data).toMatchObject({ decision: "approved" });
  expect(who).toMatchObject({ agent: "", service: "mcp" });
  expect(site.runtime.ledger.object(started?.by ?? "")).toMatchObject({ agent: "assistant" });
});

const NOS: readonly (readonly [name: string, answer: ElicitResult])[] = [
  ["declined", { action: "decline" }],
  ["dismissed", { action: "cancel" }],
  ["not confirmed", { action: "accept", content: { confirm: false } }],
  ["accepted without an answer", { action: "accept", content: {} }],
  ["accepted with another answer", { action: "accept", content: { confirm: "true" } }],
  ["accepted for another question", { action: "accept", content: { ok: true } }],
];

test.for(BOTH.flatMap((revision) => NOS.map(([name, answer]) => [revision, name, answer] as const)))(
  "%s: %s is a no",
  async ([revision, , answer]) => {
    const { client } = await person(revision, () => answer);
    const path = next();
    const result = await call(client, "low_note", path);
    expect(result.isError).toBe(true);
    expect(failureIn(result)).toContain("DENIED");
    expect(written(path)).toBe(false);
  },
);

test.for(BOTH)(
  "%s: a client that shows no forms is told what waits, and nothing is done",
  async (revision) => {
    const client = await site.connect({ revision });
    const path = next();
    const result = await call(client, "low_note", path);
    expect(result.isError).toBe(true);
    expect(failureIn(result)).toContain("airun approve");
    expect(written(path)).toBe(false);
  },
);

/** A round of a call as no client would make it. */
const round = (params: Record<string, unknown>, name = "assistant", capabilities: object = FORMS) =>
  rpc(site, "tools/call", params, { name, capabilities });

/** A call that was asked back, and what its client would send next. */
async function askedBack(tool: string, path: string, capabilities: object = FORMS) {
  const params = { name: tool, arguments: { path, text: "hello" } };
  const { result } = await round(params, "assistant", capabilities);
  const [key = ""] = Object.keys(result?.inputRequests ?? {});
  return {
    key,
    params,
    question: result?.inputRequests?.[key]?.params,
    state: result?.requestState ?? "",
    retry: { ...params, requestState: result?.requestState, inputResponses: { [key]: YES } },
  };
}

test("what is held is good for the same call of the same agent, as it was signed", async () => {
  const path = next();
  const other = next();
  const { retry, state } = await askedBack("low_note", path);
  const flipped = `${state.slice(0, -2)}${state.endsWith("AA") ? "BB" : "AA"}`;
  const [version, body = "", mac] = state.split(".");
  const opened = JSON.parse(Buffer.from(body, "base64url").toString()) as { p: { run: string } };
  const changed = { ...opened, p: { ...opened.p, run: "another" } };
  const forged = [version, Buffer.from(JSON.stringify(changed)).toString("base64url"), mac].join(".");
  for (const requestState of [flipped, forged, state.slice(0, 20), "", "{}"])
    expect((await round({ ...retry, requestState })).error ?? null).toMatchObject({ code: -32_602 });
  expect((await round(retry, "another-agent")).error).toMatchObject({ code: -32_602 });
  const swapped = await round({ ...retry, arguments: { path: other, text: "hello" } });
  expect(failureIn(swapped.result ?? {})).toContain("DENIED");
  const elsewhere = await round({ ...retry, name: "high_note" });
  expect(failureIn(elsewhere.result ?? {})).toContain("DENIED");
  expect([written(path), written(other)]).toEqual([false, false]);

  expect((await round(retry)).result).toMatchObject({ resultType: "complete" });
  expect(written(path)).toBe(true);
});

test("an answer that comes again does nothing again, and one without a question starts none", async () => {
  const path = next();
  const { key, params, retry } = await askedBack("low_note", path);
  const answers = await Promise.all(Array.from({ length: 10 }, () => round(retry)));
  expect(answers.map(({ result }) => result?.isError ?? false)).toEqual(answers.map(() => false));
  const after = await round({ ...retry, inputResponses: { [key]: { action: "decline" } } });
  expect(after.result).toMatchObject({ resultType: "complete" });
  const runs = site.runtime.ledger.runs({ limit: 1000 }).filter(({ id }) => {
    const [started] = site.runtime.ledger.entries({ run: id, types: ["run-started"] });
    return started?.data.inputs["path"] === path;
  });
  expect(runs).toHaveLength(1);
  const effects = site.runtime.ledger.entries({ run: runs[0]?.id ?? "", types: ["effect-intended"] });
  expect([...effects]).toHaveLength(1);

  const unasked = await round({ ...params, inputResponses: { [key]: YES } });
  expect(unasked.result).toMatchObject({ resultType: "input_required" });
});

test("a yes in the client releases nothing of high risk", async () => {
  const path = next();
  const forms = await askedBack("high_note", path);
  expect(forms.key).toBe("");
  const { key, question, retry, state } = await askedBack("high_note", path, {
    elicitation: { form: {}, url: {} },
  });
  expect(question).toMatchObject({ mode: "url", url: `${site.url}/#/approvals/${key}` });
  // The client says that its person agreed; the run is held open for a while, and goes on waiting.
  const body = message("tools/call", retry, {
    name: "assistant",
    capabilities: { elicitation: { form: {}, url: {} } },
  });
  const gone = new AbortController();
  const held = site
    .send({
      method: "POST",
      headers: headersFor(site, body),
      body: JSON.stringify(body),
      signal: gone.signal,
    })
    .catch(() => null);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(site.runtime.approval(key).state).toBe("open");
  expect(written(path)).toBe(false);
  gone.abort();
  await held;
  // The client went away while it waited: the run is over.
  while (site.runtime.approval(key).state === "open") await new Promise((resolve) => setTimeout(resolve, 10));
  expect(written(path)).toBe(false);
  expect(state).not.toBe("");
});
