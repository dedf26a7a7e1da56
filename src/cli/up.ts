import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import { visible } from "../kernel/consent.ts";
import { demo } from "./demo.ts";
import type { Served } from "./io.ts";
import { ledgerPath } from "./ledger-path.ts";
import { asRuntimeError, renderError } from "./render-error.ts";
import type { Action, Session } from "./session.ts";
import { styleOf } from "./style.ts";

const DEFAULT_PORT = 8030;
const DEFAULT_HOST = "127.0.0.1";

/** Serves Mission Control until it is asked to stop. */
export const up: Action = async (session) => {
  const { io, workspace } = session;
  if (session.flag("demo")) await showDemo(session);
  const stopping = Promise.withResolvers<void>();
  const say = (line: string): void => io.stderr.write(`${line}\n`);
  const report = (error: unknown): void => {
    for (const line of renderError(asRuntimeError(error), styleOf(io.stderr, io.env).colors)) say(line);
  };
  const served = await io.serve({
    workspace: resolve(io.cwd, workspace),
    env: io.env,
    host: session.text("host") ?? (io.env["AIF_RUNTIME_API_HOST"] || DEFAULT_HOST),
    port: portOf(session),
    onFault: report,
  });
  let requests = 0;
  const endListening = io.onInterrupt(() => {
    if (++requests > 1) io.abandon(0);
    say(
      "Stopping: streams are closed, runs under way are left to the next start. Press Ctrl-C again to stop at once.",
    );
    stopping.resolve();
  });
  try {
    // A person at the terminal gets it on each start, a log that others read once at most.
    const shown = served.token.isNew || io.stdout.terminal() !== null ? served.token.text : null;
    session.emit(summaryOf(served, shown, session.command("connect")), () => render(session, served, shown));
    served.recovered.then((runs) => {
      for (const { run, status } of runs) say(`Recovered run ${run}: ${status}`);
    }, report);
    await stopping.promise;
  } finally {
    await served.close();
    endListening();
  }
  return 0;
};

/** Where nothing ran yet, a first run shows what the server is about to serve. */
async function showDemo(session: Session): Promise<void> {
  if (session.json) throw new RuntimeError("USAGE", "--demo is for people; it does not go with --json.");
  if (await hasRuns(session)) return;
  await demo(session);
  session.print();
}

/** A ledger alone tells nothing: a first start may have been killed before its run. */
async function hasRuns(session: Session): Promise<boolean> {
  if (!existsSync(ledgerPath(session.workspace))) return false;
  await using runtime = await session.open();
  const [first] = runtime.ledger.runs({ limit: 1 });
  return first !== undefined;
}

function portOf({ io, text }: Session): number {
  const given = text("port") ?? (io.env["AIF_RUNTIME_API_PORT"] || String(DEFAULT_PORT));
  const port = Number(given);
  if (/^\d{1,5}$/.test(given) && port <= 65_535) return port;
  throw new RuntimeError("USAGE", `--port ${JSON.stringify(given)} is no number from 0 to 65535.`);
}

/** `shown`: the token, where this start shows it. */
function summaryOf({ url, workspace, token, mcp }: Served, shown: string | null, connect: string) {
  return {
    url,
    console: consoleAddress(url, shown),
    workspace,
    openapi: `${url}/v1/openapi.json`,
    pid: process.pid,
    token: shown,
    tokenFile: token.file,
    mcp: { ...mcp, connect },
  };
}

function render(session: Session, { url, workspace, token, mcp }: Served, shown: string | null): string[] {
  const { colors } = session.style;
  const where = token.file === null ? "as AIF_RUNTIME_API_TOKEN has it" : `in ${token.file}`;
  const header = `Authorization: Bearer ${shown ?? "TOKEN"}`;
  return [
    `${colors.green("✓ up")}  ${colors.bold(url)}`,
    `  console    ${consoleAddress(url, shown)}`,
    `  workspace  ${visible(workspace)}`,
    `  API        ${url}/v1  (description: ${url}/v1/openapi.json)`,
    `  assistants ${mcp.url}  (connect one: ${session.command("connect")})`,
    `  token      ${shown === null ? where : `${shown}  (it lies ${where})`}`,
    `  try        curl -H "${header}" ${url}/v1/runs`,
    `  stop       Ctrl-C`,
  ];
}

/** A fragment never leaves the browser, and the console takes it out of the address at once. */
function consoleAddress(url: string, token: string | null): string {
  return token === null ? `${url}/` : `${url}/#token=${token}`;
}
