import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { runFake } from "../../test/cli/run-fake.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";

verifies("mcp:connect");

type Printed = {
  readonly file: string;
  readonly written: boolean;
  readonly backup: string | null;
  readonly document: Record<string, Record<string, Record<string, unknown>>>;
};

function site() {
  const directory = scratch();
  const home = join(directory.path, "user");
  mkdirSync(home);
  const env = { HOME: home, XDG_CONFIG_HOME: join(home, ".config") };
  const connect = async (...args: readonly string[]) => {
    const { exitCode, stdout } = await runFake(["connect", ...args, "--json"], {
      directory: directory.path,
      env,
    });
    return { exitCode, ...(JSON.parse(stdout) as Printed & { error?: { code: string; message: string } }) };
  };
  return { path: directory.path, home, connect, [Symbol.dispose]: () => directory[Symbol.dispose]() };
}

const CLIENTS = [
  ["claude-desktop", "user/.config/Claude/claude_desktop_config.json", "mcpServers"],
  ["claude-code", ".mcp.json", "mcpServers"],
  ["cursor", "user/.cursor/mcp.json", "mcpServers"],
  ["vscode", ".vscode/mcp.json", "servers"],
] as const;

test.for(CLIENTS)(
  "%s: the entry comes beside what is there, which is kept",
  async ([client, place, member]) => {
    using at = site();
    const file = join(at.path, place);
    const printed = await at.connect(client);
    expect(printed).toMatchObject({ exitCode: 0, file, written: false });
    expect(printed.document[member]?.["airun"]).toMatchObject({
      command: process.execPath,
      args: [expect.stringMatching(/bin\/airun\.cjs$/), "mcp", "--workspace", join(at.path, "workspace")],
      env: { AI_FIRST_HOME: `${at.path}/home` },
    });
    expect(existsSync(file)).toBe(false);

    mkdirSync(join(file, ".."), { recursive: true });
    const before = `{\n\t"theme": "dark",\n\t"${member}": {\n\t\t"other": { "command": "x", "args": [] }\n\t}\n}\n`;
    writeFileSync(file, before);
    chmodSync(file, 0o644);
    const written = await at.connect(client, "--write");
    expect(written).toMatchObject({ written: true });
    const text = readFileSync(file, "utf8");
    expect(JSON.parse(text)).toEqual({
      theme: "dark",
      [member]: { other: { command: "x", args: [] }, ...printed.document[member] },
    });
    expect(text).toContain('\n\t"theme"');
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(readFileSync(written.backup ?? "", "utf8")).toBe(before);

    expect(await at.connect(client, "--write")).toMatchObject({ written: false, backup: null });
    expect(readdirSync(join(file, "..")).filter((name) => name.includes(".new"))).toEqual([]);
  },
);

test("over HTTP no token lies in a file; the client takes it from elsewhere", async () => {
  using at = site();
  await at.connect("vscode", "--http", "--url", "http://127.0.0.1:9000/", "--write");
  const file = JSON.parse(readFileSync(join(at.path, ".vscode/mcp.json"), "utf8")) as Record<string, unknown>;
  expect(file).toMatchObject({
    servers: { airun: { type: "http", url: "http://127.0.0.1:9000/mcp" } },
    inputs: [{ id: "airun-token", password: true }],
  });
  await at.connect("vscode", "--http", "--name", "second", "--write");
  const twice = JSON.parse(readFileSync(join(at.path, ".vscode/mcp.json"), "utf8")) as { inputs: unknown[] };
  expect(twice.inputs).toHaveLength(1);
  const code = await at.connect("claude-code", "--http");
  expect(code.document["mcpServers"]?.["airun"]).toMatchObject({
    url: "http://127.0.0.1:8030/mcp",
    headers: { Authorization: "Bearer ${AIF_RUNTIME_MCP_TOKEN}" },
  });
});

test.for([
  ["comments", `{\n  // mine\n  "mcpServers": {}\n}`, "CONTENT_INVALID"],
  ["a list", "[]", "CONTENT_INVALID"],
  ["servers that are none", `{"mcpServers": []}`, "CONTENT_INVALID"],
  ["a member twice", `{"mcpServers": {}, "mcpServers": {}}`, "CONTENT_INVALID"],
] as const)("a file with %s is left as it is", async ([, text, code]) => {
  using at = site();
  const file = join(at.path, ".mcp.json");
  writeFileSync(file, text);
  const refused = await at.connect("claude-code", "--write");
  expect(refused).toMatchObject({ exitCode: 10, error: { code } });
  expect(readFileSync(file, "utf8")).toBe(text);
  expect(readdirSync(at.path).filter((name) => name.startsWith(".mcp.json"))).toEqual([".mcp.json"]);
});

test("a link stays a link, and an empty file is one without entries", async () => {
  using at = site();
  const real = join(at.home, "dotfiles.json");
  writeFileSync(real, "");
  symlinkSync(real, join(at.path, ".mcp.json"));
  await at.connect("claude-code", "--write");
  expect(JSON.parse(readFileSync(real, "utf8"))).toHaveProperty("mcpServers.airun");
});

test.for([
  [["emacs"], "Allowed choices"],
  [["claude-desktop", "--http"], "takes no address"],
  [["json", "--write"], "--write takes the name of a client"],
  [["claude-code", "--name", "a b"], "--name takes"],
  [["claude-code", "--http", "--url", "ftp://x"], "is no http address"],
] as const)("%s is refused", async ([args, message]) => {
  using at = site();
  expect(await at.connect(...args)).toMatchObject({
    exitCode: 10,
    error: { message: expect.stringContaining(message) },
  });
});
