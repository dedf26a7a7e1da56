import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A server in a process of its own, so that what asks does not share its event loop. */
export type ServerProcess = AsyncDisposable & { readonly url: string; readonly pid: number };

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Mission Control on a workspace, with these tokens for operators and for assistants. */
export async function serveOurs(
  workspace: string,
  home: string,
  tokens: { readonly rest: string; readonly mcp: string },
): Promise<ServerProcess> {
  const env = {
    ...process.env,
    AI_FIRST_HOME: home,
    AIF_RUNTIME_API_TOKEN: tokens.rest,
    AIF_RUNTIME_MCP_TOKEN: tokens.mcp,
  };
  const args = ["bin/airun.cjs", "up", "--port", "0", "--workspace", workspace, "--json"];
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const line of createInterface({ input: child.stdout })) {
    text += line;
    const [, url] = /"url": *"(http[^"]+)"/.exec(text) ?? [];
    if (url !== undefined) return held(child, url);
  }
  throw new Error(`The server ended before it told where it is: ${text}`);
}

/** The SDK's server with one tool and nothing around it. */
export async function serveBare(): Promise<ServerProcess> {
  const child = spawn(process.execPath, ["bench/bare-mcp-server.ts"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return held(child, `http://127.0.0.1:${line}`);
}

function held(child: ChildProcess, url: string): ServerProcess {
  child.stdout?.resume();
  return {
    url,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}
