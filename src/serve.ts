import type { Hono } from "hono";

import type { Served, ServeOptions } from "./cli/io.ts";
import { RuntimeError } from "./contract/errors.ts";
import { createApp } from "./control/app.ts";
import { createAuthenticate } from "./control/authenticate.ts";
import { openTokenCheck } from "./control/check-jwt.ts";
import { openConsole } from "./control/console-files.ts";
import { lockedDoor, metadataDoors, type TokenPlaces } from "./control/door.ts";
import { openFeed } from "./operate/feed.ts";
import { holdWorkspace } from "./control/hold-workspace.ts";
import { listen } from "./control/listen.ts";
import { createMetrics } from "./control/metrics.ts";
import { createStreamPlaces } from "./control/stream-places.ts";
import { portHolder } from "./control/port-holder.ts";
import { type Token, tokenOf } from "./control/token.ts";
import { type Environment, localPrincipal } from "./kernel/home.ts";
import { PACKAGE_ROOT, packageVersion } from "./kernel/package-root.ts";
import { createStation } from "./main.ts";
import { type DeskOptions, openDesk } from "./mcp/desk.ts";
import { serveOverHttp } from "./mcp/serve-http.ts";
import { placesOf } from "./operate/places.ts";
import { openRequests } from "./operate/requests.ts";
import type { Station } from "./operate/station.ts";
import type { Runtime, RuntimeOptions } from "./workflow/runtime.ts";

const GRACE_MS = 3_000;
const RECOVER_MS = 30_000;
const MCP_PATH = "/mcp";
const LOOPBACK: readonly string[] = ["127.0.0.1", "::1", "localhost"];

/**
 * Opens a workspace and serves Mission Control on it.
 *
 * @throws ADDRESS_TAKEN where the port or the workspace is; USAGE for an address that takes a token of one's own; as
 * `createRuntime`
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const { env, host, port } = options;
  if (!LOOPBACK.includes(host) && (env["AIF_RUNTIME_API_TOKEN"] ?? "") === "")
    throw new RuntimeError(
      "USAGE",
      `"${host}" can be reached by other machines; set AIF_RUNTIME_API_TOKEN, or listen on 127.0.0.1.`,
    );
  await using opened = new AsyncDisposableStack();
  const control = opened.use(await openControl(options));
  const hold = opened.use(holdWorkspace(control.station.runtime.workspace));
  const listening = opened.adopt(
    await listen((request) => control.app.fetch(request), { host, port }, portHolder),
    (each) => each.close(GRACE_MS),
  );
  control.setPort(listening.port);
  const url = control.url();
  hold.tell(url);
  // Streams never end by themselves: they are closed before the server waits for what is open.
  opened.defer(control.endStreams);
  const { runtime } = control.station;
  const recovered = runtime.recover();
  recovered.catch(() => {});
  opened.defer(keepRecovering(runtime, recovered, options.onFault));
  const resources = opened.move();
  return {
    url,
    workspace: runtime.workspace,
    token: {
      text: control.token.file === null ? null : control.token.token,
      isNew: control.token.isNew,
      file: control.token.file,
    },
    mcp: { url: `${url}${MCP_PATH}`, tokenFile: control.mcpToken.file },
    recovered,
    close: () => resources.disposeAsync(),
  };
}

/** Finishes what other processes leave later, and denies what nobody answers in time. Returns how to stop. */
function keepRecovering(
  runtime: Runtime,
  first: Promise<unknown>,
  onFault: (error: unknown) => void,
): () => void {
  let isUnderWay = true;
  const done = (): void => void (isUnderWay = false);
  first.then(done, done);
  const timer = setInterval(() => {
    if (isUnderWay) return;
    isUnderWay = true;
    runtime.recover().then(done, (error: unknown) => {
      done();
      onFault(error);
    });
  }, RECOVER_MS);
  return () => clearInterval(timer);
}

/** Mission Control on an open workspace, not yet at any address. */
export type ControlPlane = AsyncDisposable & {
  readonly app: Hono;
  readonly station: Station;
  readonly token: Token;
  /** Of assistants: it opens MCP alone. */
  readonly mcpToken: Token;
  readonly url: () => string;
  /** Which port requests name. */
  readonly setPort: (port: number) => void;
  readonly endStreams: () => void;
};

/** What a program adds that serves Mission Control itself. */
type Embedded = Pick<RuntimeOptions, "capabilities"> & Pick<DeskOptions, "sources" | "holdMs">;

/** The one place where the server's parts are put together. @throws as `createRuntime` */
export async function openControl(
  options: Pick<ServeOptions, "env" | "host" | "port" | "workspace" | "onFault"> & Embedded,
): Promise<ControlPlane> {
  const { env, host, workspace, onFault, capabilities = [], sources = () => [], holdMs } = options;
  await using opened = new AsyncDisposableStack();
  const principal = localPrincipal("rest", env);
  let nudge: (() => void) | undefined;
  const station = await createStation({
    workspace,
    env,
    principal,
    capabilities,
    onEntry: () => nudge?.(),
  });
  const { runtime } = station;
  opened.use(runtime);
  const token = tokenOf(runtime.home, env);
  const feed = opened.adopt(openFeed(runtime.ledger), (each) => each.close());
  nudge = feed.nudge;
  let { port } = options;
  const urlOf = (): string => `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const authenticate = createAuthenticate({
    token: token.token,
    holder: principal,
    checkToken: openTokenCheck(env),
  });
  const mcpToken = tokenOf(runtime.home, env, "mcp");
  const authenticateAgent = createAuthenticate({
    token: mcpToken.token,
    holder: localPrincipal("mcp", env),
    roles: ["viewer", "operator"],
    checkToken: (given) => authenticate(new Headers({ authorization: `Bearer ${given}` })),
  });
  const places = tokenPlaces(env, urlOf);
  const requests = openRequests(runtime.ledger);
  const desk = opened.use(
    openDesk({
      station,
      feed,
      requests,
      sources,
      onFault,
      version: packageVersion(),
      consoleUrl: urlOf,
      ...(holdMs === undefined ? {} : { holdMs }),
    }),
  );
  const mcp = opened.adopt(serveOverHttp(desk), (each) => each.close());
  const app = createApp({
    surface: {
      station,
      feed,
      requests,
      metrics: createMetrics(),
      streams: createStreamPlaces(),
      version: packageVersion(),
      startedAtMs: Date.now(),
    },
    authenticate,
    guard: { names: LOOPBACK.includes(host) ? [] : [host], port: () => port },
    places: placesOf(runtime),
    doors: [
      lockedDoor("mcp", MCP_PATH, authenticateAgent, places, mcp.answer),
      ...(places === undefined ? [] : metadataDoors(MCP_PATH, places)),
    ],
    readConsole: openConsole(PACKAGE_ROOT),
    onFault,
  });
  const resources = opened.move();
  return {
    app,
    station,
    token,
    mcpToken,
    url: urlOf,
    setPort: (bound) => (port = bound),
    endStreams() {
      mcp.leave();
      feed.close();
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Where tokens for MCP come from, where another system issues them. The audience is the resource, if it is an address. */
function tokenPlaces(env: Environment, urlOf: () => string): TokenPlaces | undefined {
  if ((env["AIF_RUNTIME_JWKS"] ?? "") === "") return undefined;
  const audience = env["AIF_RUNTIME_JWT_AUDIENCE"] ?? "";
  return {
    issuer: env["AIF_RUNTIME_JWT_ISSUER"] ?? "",
    resource: () => (/^https?:\/\//.test(audience) ? audience : `${urlOf()}${MCP_PATH}`),
    metadataUrl: () => `${urlOf()}/.well-known/oauth-protected-resource${MCP_PATH}`,
  };
}
