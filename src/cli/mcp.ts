import { localPrincipal } from "../kernel/home.ts";
import { servedAt } from "../operate/served-at.ts";
import { asRuntimeError, renderError } from "./render-error.ts";
import type { Action } from "./session.ts";
import { styleOf } from "./style.ts";

/** Serves one MCP client over the standard input and output; everything for people goes to the standard error. */
export const mcp: Action = async ({ io, workspace }) => {
  const principal = localPrincipal("mcp", io.env);
  let nudge: (() => void) | undefined;
  const onEntry = (): void => nudge?.();
  const station = await io.openStation({ workspace, env: io.env, principal, onEntry });
  await using runtime = station.runtime;
  await runtime.recover();
  const { openDesk } = await import("../mcp/desk.ts");
  const { serveOverStdio } = await import("../mcp/serve-stdio.ts");
  const consoleUrl = (): string | undefined => servedAt(runtime.workspace)?.url;
  const onFault = (error: unknown): void => {
    for (const line of renderError(asRuntimeError(error), styleOf(io.stderr, io.env).colors))
      io.stderr.write(`${line}\n`);
  };
  using desk = openDesk({ station, version: io.version, consoleUrl, onFault });
  ({ nudge } = desk.feed);
  await serveOverStdio(desk, { principal, roles: null });
  return 0;
};
