import { afterAll, beforeAll, expect, test } from "vitest";

import { changeLifecycle } from "../../src/operate/change-lifecycle.ts";
import { person } from "../handshake-site.ts";
import { verifies } from "../requirements.ts";
import { LEGACY, MODERN, openSite, type Site } from "./site.ts";

verifies("mcp:sources");

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

const textOf = (result: { contents: readonly object[] }): unknown => {
  const [first] = result.contents as { text: string }[];
  return JSON.parse(first?.text ?? "null");
};

test("a run's record, changes and entries are resources of its own agent alone", async () => {
  const client = await site.connect({ name: "writer" });
  const other = await site.connect({ name: "reader" });
  const written = await client.callTool({
    name: "io.fs.write_file",
    arguments: { path: "r.txt", content: "one\n" },
  });
  const run = String(written._meta?.["airun/run"]);
  const uris = [`airun://runs/${run}`, `airun://runs/${run}/diff`, `airun://runs/${run}/entries`];
  const [record, diff, entries] = await Promise.all(
    uris.map(async (uri) => textOf(await client.readResource({ uri }))),
  );
  expect(record).toMatchObject({ run, status: "COMPLETED", changed: [{ kind: "created", path: "r.txt" }] });
  expect(diff).toMatchObject({ changes: [{ path: "r.txt", diff: expect.stringContaining("+one") }] });
  const [first] = (entries as { entries: { seq: number; type: string }[] }).entries;
  expect(first).toMatchObject({ type: "run-started" });
  const entry = `airun://ledger/${first?.seq}`;
  expect(textOf(await client.readResource({ uri: entry }))).toMatchObject(first ?? {});

  const listed = await client.listResources();
  expect(listed.resources.map(({ uri }) => uri)).toContain(uris[0]);
  const foreign = await other.listResources();
  expect(foreign.resources.map(({ uri }) => uri).filter((uri) => uri.startsWith("airun://runs/"))).toEqual(
    [],
  );
  for (const uri of [
    ...uris,
    entry,
    "airun://ledger/1",
    "airun://runs/none",
    "airun://runs/..%2f",
    "file:///etc/passwd",
  ])
    await expect(other.readResource({ uri })).rejects.toMatchObject({ code: -32_602 });
  const completed = await client.complete({
    ref: { type: "ref/resource", uri: "airun://runs/{run}" },
    argument: { name: "run", value: run.slice(0, 13) },
  });
  expect(completed.completion.values).toContain(run);
  const nothing = await other.complete({
    ref: { type: "ref/resource", uri: "airun://runs/{run}" },
    argument: { name: "run", value: "" },
  });
  expect(nothing.completion.values).toEqual([]);
});

test("packs that one reaches are resources, and facades are prompts in the words of their examples", async () => {
  const client = await site.connect();
  const pack = textOf(await client.readResource({ uri: "airun://packs/agent-tools" }));
  expect(pack).toMatchObject({ name: "agent-tools", risk_profile: { max_risk: "HIGH" } });
  await expect(client.readResource({ uri: "airun://packs/none" })).rejects.toMatchObject({ code: -32_602 });
  const { prompts } = await client.listPrompts();
  expect(prompts.map(({ name }) => name)).toContain("tidy-inbox");
  const { messages } = await client.getPrompt({ name: "tidy-inbox" });
  expect(messages).toMatchObject([
    { role: "user", content: { text: expect.stringContaining('Use the tool "tidy-inbox"') } },
  ]);
  await expect(client.getPrompt({ name: "none" })).rejects.toMatchObject({ code: -32_602 });
});

test("annotations follow from the contracts", async () => {
  const client = await site.connect();
  const { tools } = await client.listTools();
  const of = (name: string) => tools.find((tool) => tool.name === name)?.annotations;
  expect(of("io.fs.read_file")).toMatchObject({ readOnlyHint: true, openWorldHint: false });
  expect(of("io.fs.delete")).toMatchObject({ readOnlyHint: false, destructiveHint: true });
  expect(of("net.http.get")).toMatchObject({ readOnlyHint: true, openWorldHint: true });
  expect(of("tidy-inbox")).toMatchObject({ readOnlyHint: false });
});

test.for([MODERN, LEGACY] as const)(
  "%s: a client hears when the tools change, and when a run does that it listens to",
  async (revision) => {
    const client = await site.connect({ revision, name: `listener-${revision}` });
    const write = { name: "io.fs.write_file", arguments: { path: `${revision}.txt`, content: "x" } };
    const run = String((await client.callTool(write))._meta?.["airun/run"]);
    const uri = `airun://runs/${run}`;
    const lists = Promise.withResolvers<void>();
    const updates: string[] = [];
    const updated = Promise.withResolvers<void>();
    client.setNotificationHandler("notifications/tools/list_changed", () => lists.resolve());
    client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
      updates.push(params.uri);
      updated.resolve();
    });
    if (revision === MODERN) await client.listen({ toolsListChanged: true, resourceSubscriptions: [uri] });
    else await client.subscribeResource({ uri });

    await client.callTool({ name: "sys.info.get_time", arguments: {} });
    await client.callTool({ name: "undo", arguments: { run } });
    await updated.promise;
    expect(new Set(updates)).toEqual(new Set([uri]));

    const { chain } = site.control.station;
    const [admin = ""] = chain.governance.state().principals.keys();
    const subject = { kind: "facade", name: "tidy-inbox", version: "1.0.0" } as const;
    await changeLifecycle(chain, person(admin), subject, "FROZEN", "test");
    await lists.promise;
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).not.toContain("tidy-inbox");
    await changeLifecycle(chain, person(admin), subject, "ACTIVE", "test");
  },
);
