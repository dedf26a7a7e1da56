import { localPrincipal } from "../kernel/home.ts";
import { asRuntimeError, renderError } from "./render-error.ts";
import type { Action } from "./session.ts";
import { styleOf } from "./style.ts";

/** What an assistant is called that does not say who it is. */
const UNNAMED_AGENT = "mcp";

/** Serves one MCP client over the standard input and output; everything for people goes to the standard error. */
export const mcp: Action = async (session) => {
  const { io } = session;
  const local = localPrincipal("mcp", io.env);
  const principal = { ...local, agent: local.agent || UNNAMED_AGENT };
  await using runtime = await session.open({ principal });
  await runtime.recover();
  const { serveOverStdio } = await import("../mcp/serve-stdio.ts");
  await serveOverStdio(runtime, io.version, (error) => {
    for (const line of renderError(asRuntimeError(error), styleOf(io.stderr, io.env).colors))
      io.stderr.write(`${line}\n`);
  });
  return 0;
};
