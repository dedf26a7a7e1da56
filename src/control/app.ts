import { Hono } from "hono";
import { z } from "zod";

import type { Places } from "../operate/places.ts";
import { answerOnce, keyIn } from "./answer-once.ts";
import { type Authenticate, requireRole } from "./authenticate.ts";
import { decodeBody, decodeTexts } from "./decode.ts";
import type { ReadConsole } from "./console-files.ts";
import type { Door } from "./door.ts";
import { checkRequest, type Guard } from "./guard.ts";
import { EVERY_ANSWER, problemResponse, Refusal } from "./problem.ts";
import { type Call, type Caller, type Route, type Surface, takesKey } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { serveConsole } from "./serve-console.ts";

export type AppOptions = {
  readonly surface: Surface;
  readonly authenticate: Authenticate;
  readonly guard: Guard;
  readonly places: Places;
  /** What else is served behind the same guard. */
  readonly doors?: readonly Door[];
  readonly readConsole: ReadConsole;
  /** Told of what was not foreseen, which the answer does not show. */
  readonly onFault: (error: unknown) => void;
};

/** Mission Control as a web application: each request is checked, decoded, handed on once, and its result encoded. */
export function createApp(options: AppOptions): Hono {
  const { surface, guard, places, doors = [], onFault } = options;
  const app = new Hono();
  const refuse = (error: unknown): Response => {
    const response = problemResponse(error, places);
    if (response.status >= 500) onFault(error);
    return response;
  };
  app.onError(refuse);
  app.use(async (context, next) => {
    checkRequest(context.req.raw, guard);
    await next();
    const { headers } = context.res;
    for (const [name, value] of Object.entries(EVERY_ANSWER))
      if (!headers.has(name)) headers.set(name, value);
  });
  app.use(async ({ req }, next) => {
    const answer = await serveConsole(req.raw, options.readConsole);
    return answer ?? next();
  });
  for (const route of ROUTES)
    app.on(route.method.toUpperCase(), honoPath(route.path), async ({ req }) => {
      const startedAtMs = performance.now();
      const response = await handle(route, req.raw, req.param(), options, refuse).catch(refuse);
      // Whoever asks for the head alone reads nothing, and so ends nothing.
      if (req.raw.method === "HEAD") await response.body?.cancel();
      surface.metrics.answered(route.id, response.status, (performance.now() - startedAtMs) / 1000);
      return response;
    });
  for (const door of doors)
    app.all(door.path, async ({ req }) => {
      const startedAtMs = performance.now();
      const response = await Promise.resolve(req.raw).then(door.answer).catch(refuse);
      surface.metrics.answered(door.id, response.status, (performance.now() - startedAtMs) / 1000);
      return response;
    });
  app.all("*", async ({ req }) => {
    const allowed = methodsOf(req.path);
    if (allowed.length === 0)
      throw new Refusal(404, "ENDPOINT_UNKNOWN", `There is no "${req.path.slice(0, 200)}".`);
    throw new Refusal(405, "ENDPOINT_UNKNOWN", `"${req.path.slice(0, 200)}" has no ${req.method}.`, {
      allow: allowed.join(", "),
    });
  });
  return app;
}

async function handle(
  route: Route,
  request: Request,
  path: Record<string, string>,
  { surface, authenticate }: AppOptions,
  refuse: (error: unknown) => Response,
): Promise<Response> {
  const caller = await admit(route, request.headers, authenticate);
  const call = await decode(route, request, path, caller, surface);
  const key = takesKey(route) ? keyIn(request.headers) : undefined;
  if (key === undefined) return respond(route, call);
  return answerOnce(route, call, key, (named) => respond(route, named), refuse);
}

async function admit(
  { role }: Route,
  headers: Headers,
  authenticate: Authenticate,
): Promise<Caller | undefined> {
  if (role === "anybody") return undefined;
  const caller = await authenticate(headers);
  requireRole(caller, role);
  return caller;
}

async function decode(
  { params, query, body }: Route,
  request: Request,
  path: Record<string, string>,
  caller: Caller | undefined,
  surface: Surface,
): Promise<Call<never, never, never>> {
  const { searchParams } = new URL(request.url);
  return {
    ...surface,
    params: params === undefined ? {} : decodeTexts(params, Object.entries(path), "path"),
    query: decodeTexts(query ?? NO_QUERY, searchParams, "query"),
    body: body === undefined ? undefined : await decodeBody(request, body),
    caller,
    headers: request.headers,
    promised: undefined,
  } as unknown as Call<never, never, never>;
}

async function respond(route: Route, call: Call<never, never, never>): Promise<Response> {
  const result = await route.handle(call);
  if (result instanceof Response) return result;
  return new Response(JSON.stringify(result), {
    status: route.answer.status,
    headers: { "content-type": "application/json" },
  });
}

const NO_QUERY = z.strictObject({});

function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

function methodsOf(path: string): string[] {
  return ROUTES.filter((route) => patternOf(route.path).test(path)).map(({ method }) => method.toUpperCase());
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/[.]/g, "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}
