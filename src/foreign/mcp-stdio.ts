import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import type { ForeignOf } from "../contract/foreign.ts";
import { isObject } from "../contract/json.ts";
import { quoted } from "../contract/visible.ts";
import { type Bind, bubblewrapArguments, findBubblewrap } from "../sandbox/bubblewrap.ts";
import { NODE_PROGRAM, nodeFiles } from "../sandbox/node-files.ts";
import { type McpSession, refusedRequest, withMcp } from "./mcp-session.ts";
import { textOr } from "./text-or.ts";
import { withoutSecrets } from "./without-secrets.ts";

export type McpStdioOptions = {
  readonly program: Pick<ForeignOf<"mcp-stdio">, "command" | "args" | "readable">;
  /** A directory of this machine that the program sees as `/workspace`; without one it sees none. */
  readonly directory: { readonly path: string; readonly isWritable: boolean } | undefined;
  /** Secrets by the names of the variables: what the program says of them is not passed on. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Of everything that the program writes. */
  readonly maxBytes: number;
};

/** Where a program sees the files of the run. */
export const INSIDE = "/workspace";

/** In place of a path: the Node that runs this program too. */
export const OWN_NODE = "/node";

const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/ld.so.cache"];
// More than a secret has characters, so that none is cut before it is whole.
const MAX_STDERR = 16_384;

/**
 * A connection to a program that speaks MCP, started for it in a bubble: no network, a read-only system, of this
 * machine's files only what the contract names, and an environment of its own. It ends with the connection.
 *
 * @throws SANDBOX_UNAVAILABLE where there is no bubblewrap; as `withMcp`
 */
export async function withMcpOverStdio<Result>(
  options: McpStdioOptions,
  work: (session: McpSession) => Promise<Result>,
): Promise<Result> {
  const found = await findBubblewrap();
  if (!found.isAvailable)
    throw new RuntimeError(
      "SANDBOX_UNAVAILABLE",
      `A foreign program is started in a sandbox alone: ${found.reason}.`,
    );
  const child = spawn(found.program, bubblewrapArguments(bubbleOf(options)), { env: {}, stdio: "pipe" });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  const broken = Promise.withResolvers<never>();
  const transport = transportOf(child, options, broken.reject);
  const { signal, timeoutMs } = options;
  const stop = () => void child.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await withMcp({ transport, signal, timeoutMs, broken: broken.promise }, work);
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
    await ended;
  }
}

function bubbleOf({ program, directory, env }: McpStdioOptions) {
  const isNode = program.command === OWN_NODE;
  const system = SYSTEM.filter((path) => existsSync(path));
  // What lies in the system is seen already.
  const isBeside = (bind: Bind): boolean =>
    typeof bind !== "string" || !system.some((path) => bind === path || bind.startsWith(`${path}/`));
  const needed: Bind[] = isNode ? [...nodeFiles()] : [program.command];
  const files: Bind[] = directory === undefined ? [] : [{ from: directory.path, to: INSIDE }];
  return {
    command: [isNode ? NODE_PROGRAM : program.command, ...program.args] as [string, ...string[]],
    readOnly: [
      ...system,
      ...[...needed, ...new Set(program.readable)].filter(isBeside),
      ...(directory?.isWritable === true ? [] : files),
    ],
    readWrite: directory?.isWritable === true ? files : [],
    network: "none" as const,
    env: {
      PATH: ["/usr/local/bin", "/usr/bin", "/bin", ...(isNode ? [] : [dirname(program.command)])].join(":"),
      HOME: "/tmp",
      LANG: "C.UTF-8",
      ...env,
    },
    cwd: directory === undefined ? "/tmp" : INSIDE,
    own: ["proc", "dev", "tmp"] as const,
  };
}

type Transport = Parameters<typeof withMcp>[0]["transport"];

/** Lines of JSON in both directions. What breaks the rules ends the connection. */
function transportOf(
  child: ChildProcessWithoutNullStreams,
  { maxBytes, env }: McpStdioOptions,
  fail: (reason: unknown) => void,
): Transport {
  const hide = <Said>(said: Said): Said => withoutSecrets(said, Object.values(env));
  const asked = new Set<unknown>();
  let stderr = "";
  let bytes = 0;
  let rest: Buffer[] = [];
  const transport: Transport = {
    start: () => Promise.resolve(),
    send(message) {
      if ("id" in message && "method" in message) asked.add(message.id);
      child.stdin.write(`${JSON.stringify(message)}\n`);
      return Promise.resolve();
    },
    close() {
      child.kill("SIGKILL");
      transport.onclose?.();
      return Promise.resolve();
    },
  };
  const take = (line: string): void => {
    if (line.trim() === "") return;
    const message = hide(parseLine(line, hide));
    if (message["method"] !== undefined) {
      if (message["id"] === undefined) return; // A notification: nobody here waits for one.
      if (message["method"] !== "ping") throw refusedRequest(textOr(message["method"], "something"));
    } else if (!asked.delete(message["id"]))
      throw new RuntimeError("SERVICE_FAILED", "The MCP server answers a request that nobody sent.");
    transport.onmessage?.(message as never);
  };
  child.stdin.on("error", () => {}); // A program that ends while it is written to: its end says so.
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = hide(stderr + text).slice(-MAX_STDERR);
  });
  child.stdout.on("data", (chunk: Buffer) => {
    try {
      bytes += chunk.length;
      if (bytes > maxBytes)
        throw new RuntimeError("LIMIT_EXCEEDED", `The MCP server writes more than ${maxBytes} bytes.`);
      let from = 0;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        const line = Buffer.concat([...rest, chunk.subarray(from, at)]).toString("utf8");
        rest = [];
        from = at + 1;
        take(line);
      }
      rest.push(chunk.subarray(from));
    } catch (error) {
      fail(error);
      child.kill("SIGKILL");
    }
  });
  child.on("error", (error) =>
    fail(new RuntimeError("SERVICE_FAILED", "The MCP server could not be started.", { cause: error })),
  );
  child.on("close", (code, signal) => {
    const last = quoted(stderr, 300);
    fail(
      new RuntimeError(
        "SERVICE_FAILED",
        `The MCP server ended (${signal ?? `exit code ${code}`})${last === "" ? "" : `: ${last}`}`,
      ),
    );
    transport.onclose?.();
  });
  return transport;
}

function parseLine(line: string, hide: (text: string) => string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Without the cause, which quotes the line.
    throw new RuntimeError(
      "SERVICE_FAILED",
      `The MCP server writes what is no JSON: ${JSON.stringify(quoted(hide(line).slice(0, 200), 80))}.`,
    );
  }
  if (isObject(value)) return value;
  throw new RuntimeError("SERVICE_FAILED", "The MCP server writes a message that is no object.");
}
