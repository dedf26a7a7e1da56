import type { Hono } from "hono";

import type { Served, ServeOptions } from "./cli/io.ts";
import { RuntimeError } from "./contract/errors.ts";
import { createApp } from "./control/app.ts";
import { createAuthenticate } from "./control/authenticate.ts";
import { openTokenCheck } from "./control/check-jwt.ts";
import { openFeed } from "./control/feed.ts";
import { holdWorkspace } from "./control/hold-workspace.ts";
import { listen } from "./control/listen.ts";
import { createMetrics } from "./control/metrics.ts";
import { portHolder } from "./control/port-holder.ts";
import { type Token, tokenOf } from "./control/token.ts";
import { localPrincipal } from "./kernel/home.ts";
import { PACKAGE_ROOT, packageVersion } from "./kernel/package-root.ts";
import { createStation } from "./main.ts";
import { openRequests } from "./operate/requests.ts";
import type { Station } from "./operate/station.ts";
import type { Runtime } from "./workflow/runtime.ts";

const GRACE_MS = 3_000;
const RECOVER_MS = 30_000;
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
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${listening.port}`;
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
    token: { text: control.token.isNew ? control.token.token : null, file: control.token.file },
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
  /** Which port requests name. */
  readonly setPort: (port: number) => void;
  readonly endStreams: () => void;
};

/** The one place where the server's parts are put together. @throws as `createRuntime` */
export async function openControl(
  options: Pick<ServeOptions, "env" | "host" | "port" | "workspace" | "onFault">,
): Promise<ControlPlane> {
  const { env, host, workspace, onFault } = options;
  await using opened = new AsyncDisposableStack();
  const principal = localPrincipal("rest", env);
  let nudge: (() => void) | undefined;
  const station = await createStation({ workspace, env, principal, onEntry: () => nudge?.() });
  const { runtime } = station;
  opened.use(runtime);
  const token = tokenOf(runtime.home, env);
  const feed = opened.adopt(openFeed(runtime.ledger), (each) => each.close());
  nudge = feed.nudge;
  let { port } = options;
  const app = createApp({
    surface: {
      station,
      feed,
      requests: openRequests(runtime.ledger),
      metrics: createMetrics(),
      version: packageVersion(),
      startedAtMs: Date.now(),
    },
    authenticate: createAuthenticate({
      token: token.token,
      holder: principal,
      checkToken: openTokenCheck(env),
    }),
    guard: { names: LOOPBACK.includes(host) ? [] : [host], port: () => port },
    places: [
      [runtime.workspace, "the workspace"],
      [runtime.home, "the home"],
      [PACKAGE_ROOT, "the package"],
    ],
    onFault,
  });
  const resources = opened.move();
  return {
    app,
    station,
    token,
    setPort: (bound) => (port = bound),
    endStreams: feed.close,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
