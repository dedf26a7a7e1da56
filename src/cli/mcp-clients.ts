import { homedir } from "node:os";
import { join } from "node:path";

import type { Environment } from "../kernel/home.ts";

/** How an assistant reaches this runtime. */
export type Reach =
  | {
      readonly kind: "stdio";
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly kind: "http"; readonly url: string };

/** An entry in the configuration of an MCP client. */
export type ClientEntry = {
  /** Of the object that has the entries of all servers. */
  readonly member: "mcpServers" | "servers";
  readonly entry: Readonly<Record<string, unknown>>;
  /** What the client asks for, and keeps itself. */
  readonly inputs?: readonly Readonly<Record<string, unknown>>[];
};

export type McpClient = {
  readonly title: string;
  /** Where its configuration lies; null where only its owner knows. */
  readonly file: (place: { readonly env: Environment; readonly cwd: string }) => string | null;
  /** Whether it takes servers at an address from that file. */
  readonly takesUrls: boolean;
  readonly entryFor: (reach: Reach) => ClientEntry;
  /** What is left to do. */
  readonly then: string;
};

/** Holds the token of assistants; no token is written into a file that may be shared. */
export const TOKEN_VARIABLE = "AIF_RUNTIME_MCP_TOKEN";

const bearer = (variable: string) => ({ Authorization: `Bearer ${variable}` });

const plain = (reach: Reach, variable: string, type: boolean): ClientEntry => ({
  member: "mcpServers",
  entry:
    reach.kind === "stdio"
      ? { ...(type ? { type: "stdio" } : {}), ...started(reach) }
      : { ...(type ? { type: "http" } : {}), url: reach.url, headers: bearer(variable) },
});

function started({ command, args, env }: Extract<Reach, { kind: "stdio" }>) {
  return { command, args, ...(Object.keys(env).length === 0 ? {} : { env }) };
}

export const MCP_CLIENTS = {
  "claude-desktop": {
    title: "Claude Desktop",
    file: ({ env }) => join(settingsOf(env), "Claude", "claude_desktop_config.json"),
    takesUrls: false,
    entryFor: (reach) => plain(reach, "", false),
    then: "Quit Claude Desktop, and start it again.",
  },
  "claude-code": {
    title: "Claude Code",
    file: ({ cwd }) => join(cwd, ".mcp.json"),
    takesUrls: true,
    entryFor: (reach) => plain(reach, `\${${TOKEN_VARIABLE}}`, true),
    then: "Start Claude Code in this directory, and look with /mcp.",
  },
  cursor: {
    title: "Cursor",
    file: ({ env }) => join(homeIn(env), ".cursor", "mcp.json"),
    takesUrls: true,
    entryFor: (reach) => plain(reach, `\${env:${TOKEN_VARIABLE}}`, false),
    then: "Start Cursor again, and switch the server on in its settings.",
  },
  vscode: {
    title: "VS Code",
    file: ({ cwd }) => join(cwd, ".vscode", "mcp.json"),
    takesUrls: true,
    entryFor: (reach) =>
      reach.kind === "stdio"
        ? { member: "servers", entry: { type: "stdio", ...started(reach) } }
        : {
            member: "servers",
            entry: { type: "http", url: reach.url, headers: bearer("${input:airun-token}") },
            inputs: [
              {
                type: "promptString",
                id: "airun-token",
                description: "Token of assistants for AI-First Runtime",
                password: true,
              },
            ],
          },
    then: "Open this directory in VS Code, and start the server in its list of MCP servers.",
  },
  json: {
    title: "any other client",
    file: () => null,
    takesUrls: true,
    entryFor: (reach) => plain(reach, `\${${TOKEN_VARIABLE}}`, true),
    then: "Put it where the client keeps its MCP servers.",
  },
} as const satisfies Readonly<Record<string, McpClient>>;

export type ClientName = keyof typeof MCP_CLIENTS;

function homeIn(env: Environment): string {
  return env["HOME"] || env["USERPROFILE"] || homedir();
}

/** Where programs keep their settings on this system. */
function settingsOf(env: Environment): string {
  if (process.platform === "darwin") return join(homeIn(env), "Library", "Application Support");
  if (process.platform === "win32") return env["APPDATA"] || join(homeIn(env), "AppData", "Roaming");
  return env["XDG_CONFIG_HOME"] || join(homeIn(env), ".config");
}
