import { join } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import { homeOf } from "../kernel/home.ts";
import { PACKAGE_ROOT } from "../kernel/package-root.ts";
import { servedAt } from "../operate/served-at.ts";
import { type ClientName, MCP_CLIENTS, type McpClient, type Reach, TOKEN_VARIABLE } from "./mcp-clients.ts";
import type { Action, Session } from "./session.ts";
import { writeClientEntry, type Written } from "./write-client-entry.ts";

const DEFAULT_URL = "http://127.0.0.1:8030";
/** What of the environment makes another installation. */
const CARRIED = [
  "AI_FIRST_HOME",
  "AI_FIRST_ASSETS_DIR",
  "AI_FIRST_SPECS_DIR",
  "AI_FIRST_ENVIRONMENT",
] as const;

/** Prints the entry that connects an MCP client, or writes it into the client's configuration. */
export const connect: Action = async (session) => {
  const { io, args, flag, text } = session;
  const [given = "json"] = args;
  if (!isClient(given)) throw new RuntimeError("USAGE", `"${given}" is none of ${NAMES.join(", ")}.`);
  const client: McpClient = MCP_CLIENTS[given];
  const name = text("name") ?? "airun";
  if (!/^[\w-]{1,64}$/.test(name))
    throw new RuntimeError("USAGE", "--name takes letters, digits, - and _, at most 64.");
  const reach = flag("http") ? overHttp(session) : overStdio(session);
  if (reach.kind === "http" && !client.takesUrls)
    throw new RuntimeError("USAGE", `${client.title} takes no address from its file; leave out --http.`);
  const made = client.entryFor(reach);
  const { member, entry, inputs } = made;
  const file = client.file(io);
  const document = { ...(inputs === undefined ? {} : { inputs }), [member]: { [name]: entry } };
  let written: Written | undefined;
  if (flag("write")) {
    if (file === null) throw new RuntimeError("USAGE", "--write takes the name of a client.");
    written = writeClientEntry(file, name, made);
  }
  const tokenFile = reach.kind === "http" ? join(homeOf(io.env), "mcp-token") : null;
  session.emit(
    {
      client: given,
      name,
      file,
      document,
      written: written?.changed ?? false,
      backup: written?.backup ?? null,
      tokenFile,
    },
    () => render(session, client, { file, document, written, tokenFile }),
  );
  return 0;
};

const NAMES = Object.keys(MCP_CLIENTS) as ClientName[];

function isClient(name: string): name is ClientName {
  return Object.hasOwn(MCP_CLIENTS, name);
}

/** The client starts the runtime itself. Programs with a window have no path: everything is named in full. */
function overStdio({ io, workspace }: Session): Reach {
  const env = CARRIED.flatMap((variable) => {
    const value = io.env[variable] ?? "";
    return value === "" ? [] : [[variable, value] as const];
  });
  return {
    kind: "stdio",
    command: process.execPath,
    args: [join(PACKAGE_ROOT, "bin", "airun.cjs"), "mcp", "--workspace", workspace],
    env: Object.fromEntries(env),
  };
}

/** The client reaches the server that `airun up` started for this workspace, else one at the usual address. */
function overHttp({ workspace, text }: Session): Reach {
  const base = text("url") ?? servedAt(workspace)?.url ?? DEFAULT_URL;
  if (!/^https?:\/\/[^\s?#]+$/.test(base))
    throw new RuntimeError("USAGE", `--url ${JSON.stringify(base)} is no http address.`);
  return { kind: "http", url: `${base.replace(/\/+$/, "")}/mcp` };
}

type Shown = {
  readonly file: string | null;
  readonly document: unknown;
  readonly written: Written | undefined;
  readonly tokenFile: string | null;
};

function render(
  { style: { colors }, command }: Session,
  { title, then }: McpClient,
  { file, document, written, tokenFile }: Shown,
): string[] {
  const token =
    tokenFile === null
      ? []
      : [
          `The token of assistants lies in ${tokenFile} (the first airun up makes it); export it as ${TOKEN_VARIABLE}, or enter it when asked.`,
        ];
  if (written !== undefined)
    return [
      written.changed
        ? `${colors.green("✓")} ${title} is connected: ${file}`
        : `${title} was connected already: ${file}`,
      ...(written.backup === null ? [] : [`  The file as it was: ${written.backup}`]),
      ...token,
      then,
    ];
  return [
    ...JSON.stringify(document, null, 2).split("\n"),
    "",
    `For ${title}${file === null ? "" : `, in ${file}`}. ${then}`,
    ...token,
    file === null
      ? `Others: ${NAMES.filter((name) => name !== "json").join(", ")}, as in ${command("connect", "claude-code")}.`
      : `It is written there, beside what is there already, with --write.`,
  ];
}
