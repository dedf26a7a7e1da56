import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, describe, expect, test } from "vitest";

import { findBubblewrap } from "../../src/sandbox/bubblewrap.ts";
import { runFake } from "../cli/run-fake.ts";
import { openIn } from "../installation.ts";
import { verifies } from "../requirements.ts";
import { scratch } from "../scratch.ts";
import { filesBelow, searchSecrets } from "../secrets/forms.ts";
import { AS_AGENT, chainIn } from "./chain.ts";

verifies("import:secrets", "ledger:secrets");

const TOKEN = 'tok-5f"81 canary/+&x';
const LATER = "set while a runtime is open";

/** A server of one tool that knows its secret, and gives it away in whatever way it is asked to. */
const SERVER = `
const token = process.env.DESK_TOKEN ?? "none";
if (process.argv[2] === "babble") process.stdout.write(token + "\\n");
const send = (value) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...value }) + "\\n");
const text = (text, isError) => ({ content: [{ type: "text", text }], isError });
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  if (method === "initialize")
    return send({ id, result: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "desk", version: "1" } } });
  if (method === "tools/list")
    return send({ id, result: { tools: [{ name: "ask", inputSchema: { type: "object", properties: { how: { type: "string" } } } }] } });
  if (method !== "tools/call") return send({ id, error: { code: -32601, message: "?" } });
  const { how } = params.arguments;
  if (how === "digest") return send({ id, result: text(require("node:crypto").createHash("sha256").update(token).digest("hex")) });
  if (how === "hex") return send({ id, result: text(Buffer.from(token).toString("hex")) });
  if (how === "echo") return send({ id, result: { ...text("it is " + token), structuredContent: { [token]: token } } });
  if (how === "fail") return send({ id, result: text("not with " + token, true) });
  if (how === "refuse") return send({ id, error: { code: -32000, message: "not with " + token } });
  if (how === "babble") return process.stdout.write("not with " + token + "\\n");
  process.stderr.write("died of " + token, () => process.exit(3));
});
`;

const directory = scratch();
afterAll(() => directory[Symbol.dispose]());
const { airun, ok, activate } = chainIn(directory.path);
/** Everything that a command has written so far. */
const written: string[] = [];
const ask = async (how: string) => {
  const { stdout, stderr } = await airun(["run", "desk.ask", "--input", `how=${how}`]);
  written.push(stdout, stderr);
  return stdout;
};

describe.runIf((await findBubblewrap()).isAvailable)("a secret in the environment of a program", () => {
  const program = ["--command", "node", "--files", "none", "--secret-env", "DESK_TOKEN"];
  const importing = ["import", "mcp", "desk", ...program, "--reason", "the desk asks", "--", "server.cjs"];

  test("is for the program alone that it is kept for", async () => {
    mkdirSync(join(directory.path, "workspace"));
    writeFileSync(join(directory.path, "server.cjs"), SERVER);
    await ok(["secrets", "set", "DESK_TOKEN", "--program", "/usr/bin/env"], { stdin: TOKEN });
    const { stdout } = await airun(importing, AS_AGENT);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "SECRET_UNAVAILABLE" } });
  });

  test("reaches it, as the proposal said", async () => {
    await ok(["secrets", "set", "DESK_TOKEN", "--program", "node"], { stdin: TOKEN });
    const { id, imported } = await ok(importing, AS_AGENT);
    expect(imported?.tools[0]?.notes).toContain("gets the secrets DESK_TOKEN in its environment");
    await activate(String(id), "desk");
    expect(await ask("digest")).toContain(createHash("sha256").update(TOKEN).digest("hex"));
  });

  test.for<[string, string]>([
    ["echo", '"it is [secret]"'],
    ["fail", "not with [secret]"],
    ["refuse", "not with [secret]"],
    ["babble", "not with [secret]"],
    ["die", "died of [secret]"],
  ])("is hidden where the program gives it away (%s)", async ([how, shown]) => {
    expect(await ask(how)).toContain(shown);
  });

  test("is hidden where the program cannot be imported, in the cause too", async () => {
    const babbling = [...importing.toSpliced(2, 1, "desk2"), "babble"];
    const { stdout, stderr } = await runFake(babbling, { directory: directory.path, ...AS_AGENT });
    expect(stderr).toContain('no JSON: "[secret]"');
    written.push(stdout, stderr);
  });

  test("is sealed by a runtime that was open when it was set", async () => {
    await using runtime = await openIn(directory.path);
    await ok(["secrets", "set", "DESK_TOKEN", "--program", "node"], { stdin: LATER });
    const { outputs } = await runtime.run("desk.ask", { inputs: { how: "hex" } });
    expect(JSON.stringify(outputs)).toContain(Buffer.from(LATER).toString("hex"));
  });

  test("lies nowhere but in its own file of the home, and no command shows it", async () => {
    for (const argv of [["audit", "export"], ["show"], ["secrets", "list"]]) {
      const { stdout, stderr } = await airun(argv);
      written.push(stdout, stderr);
    }
    const places = filesBelow(directory.path);
    expect(places.delete(join(directory.path, "home/secrets/DESK_TOKEN"))).toBe(true);
    places.set("output", Buffer.from(written.join("\n")));
    expect(searchSecrets([TOKEN, LATER], places)).toEqual([]);
  });
});
