import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

import { CapabilitySpec } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import { SecretName } from "../contract/foreign.ts";
import { deriveTools } from "../foreign/derive-all.ts";
import { hostOf } from "../foreign/derived-risk.ts";
import type { McpServer } from "../foreign/derive-mcp.ts";
import { withMcpOverHttp } from "../foreign/mcp-http.ts";
import type { ToolDefinition } from "../foreign/mcp-session.ts";
import { OWN_NODE, withMcpOverStdio } from "../foreign/mcp-stdio.ts";
import { openSecrets } from "../kernel/secret-store.ts";
import { homeOf } from "../kernel/home.ts";
import { findProgram } from "./find-program.ts";
import { importName, importVersion, proposeImport } from "./import-pack.ts";
import { openImportNet } from "./import-net.ts";
import { requiredReason } from "./required-reason.ts";
import type { Action, Session } from "./session.ts";

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 20 * 1024 * 1024;

/** Asks an MCP server for its tools, and proposes a pack of them. Nothing of it is called. */
export const importMcp: Action = async (session) => {
  const reason = session.flag("check") ? null : requiredReason(session);
  await using home = await session.io.openHome(session.io.env);
  const name = importName(session, home);
  const url = session.text("url");
  if ((url === undefined) === (session.text("command") === undefined))
    throw new RuntimeError("USAGE", "Give --command or --url: how the server is reached.");
  const from = url === undefined ? programOf(session) : serverOf(session, url);
  const definitions = await listTools(session, from);
  const version = importVersion(session, home, name);
  const derived = deriveTools(definitions, from, {
    name,
    version,
    chosen: session.list("tools").flatMap(commas),
  });
  return await proposeImport(session, home, { name, version, from: describe(from), ...derived }, reason);
};

function serverOf(session: Session, url: string): McpServer {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new RuntimeError(
      "INPUT_INVALID",
      `--url ${JSON.stringify(url.slice(0, 100))} is no address of http or https.`,
    );
  const name = session.text("secret");
  const header = (session.text("secretHeader") ?? "authorization").toLowerCase();
  const scheme = header === "authorization" ? ("bearer" as const) : ("raw" as const);
  const secret = name === undefined ? {} : { secret: { name: secretNamed(name), header, scheme } };
  return { server: { kind: "mcp-http", url, ...secret } };
}

function programOf(session: Session): McpServer {
  const { cwd } = session.io;
  const args = session.args
    .slice(1)
    .map((arg) =>
      existsSync(resolve(cwd, arg)) && /[/.]/.test(arg) ? realpathSync(resolve(cwd, arg)) : arg,
    );
  const given = session.text("command") ?? "";
  if (/^(?:npx|npm|pnpm|yarn|bunx|uvx|pipx)$/.test(given))
    throw new RuntimeError(
      "INPUT_INVALID",
      `${given} fetches a program anew each time; install the server, and name its program.`,
    );
  const command = findProgram(given, session.io);
  const named = session.list("readable").map((path) => realpathSync(resolve(cwd, path)));
  const readable = [
    ...new Set([...named, ...args.filter((arg) => isAbsolute(arg) && existsSync(arg)).map(treeOf)]),
  ];
  const files = session.text("files") ?? "write";
  return {
    server: { kind: "mcp-stdio", command, args, readable, env: session.list("secretEnv").map(secretNamed) },
    files: files as "none" | "read" | "write",
  };
}

/** Of a file of an npm package everything that is installed beside it, because that is what it loads. */
function treeOf(path: string): string {
  const at = path.indexOf("/node_modules/");
  return at === -1 ? path : path.slice(0, at + "/node_modules".length);
}

async function listTools(session: Session, from: McpServer): Promise<ToolDefinition[]> {
  const secrets = openSecrets(homeOf(session.io.env));
  const stopped = new AbortController();
  const release = session.io.onInterrupt(() =>
    stopped.abort(new RuntimeError("CANCELLED", "The import was stopped.")),
  );
  const limits = { signal: stopped.signal, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES };
  try {
    if ("files" in from) {
      const env = Object.fromEntries(
        from.server.env.map((name) => [name, secrets.value(name, from.server.command)]),
      );
      // It looks around when it starts, and finds a directory as in a run, with nothing in it.
      const empty = mkdtempSync(join(tmpdir(), "airun-import-"));
      try {
        const directory = from.files === "none" ? undefined : { path: empty, isWritable: false };
        return await withMcpOverStdio({ program: from.server, directory, env, ...limits }, (mcp) =>
          mcp.tools(),
        );
      } finally {
        rmSync(empty, { recursive: true, force: true });
      }
    }
    const { url } = from.server;
    const spec = CapabilitySpec.parse({
      id: "import.mcp",
      version: "1.0.0",
      name: "Import",
      description: "Asks an MCP server for its tools.",
      operation: "NETWORK",
      risk: { level: "CRITICAL", justification: "Somebody asked for it." },
      side_effects: ["network_write"],
      undo: { kind: "irreversible" },
      network: { hosts: [hostOf(url)] },
      foreign: { ...from.server, tool: "any", definition: "0".repeat(64) },
      inputs: { type: "object" },
      outputs: { type: "object" },
    });
    const net = openImportNet(session, spec, stopped.signal);
    return await withMcpOverHttp({ url, net, ...limits }, (mcp) => mcp.tools());
  } finally {
    release();
  }
}

function describe(from: McpServer): string {
  if (!("files" in from)) return `the MCP server at ${from.server.url}`;
  const { command, args } = from.server;
  return `the MCP server ${[command === OWN_NODE ? "node" : command, ...args].join(" ")}`;
}

function commas(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

/** @throws INPUT_INVALID */
function secretNamed(name: string): string {
  if (SecretName.safeParse(name).success) return name;
  throw new RuntimeError(
    "INPUT_INVALID",
    `The secret ${JSON.stringify(name.slice(0, 64))} must look like GITHUB_TOKEN.`,
  );
}
