import { localPrincipal } from "../kernel/home.ts";
import { asRuntimeError, renderError } from "./render-error.ts";
import type { Action } from "./session.ts";
import { styleOf } from "./style.ts";

/** Serves one MCP client over the standard input and output; everything for people goes to the standard error. */
export const mcp: Action = async ({ io, workspace }) => {
  const principal = localPrincipal("mcp", io.env);
  const station = await io.openStation({ workspace, env: io.env, principal });
  await using runtime = station.runtime;
  await runtime.recover();
  const { serveOverStdio } = await import("../mcp/serve-stdio.ts");
  await serveOverStdio({ station, principal, version: io.version }, (error) => {
    for (const line of renderError(asRuntimeError(error), styleOf(io.stderr, io.env).colors))
      io.stderr.write(`${line}\n`);
  });
  return 0;
};
