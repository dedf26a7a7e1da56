import type { z } from "zod";

import type { Role } from "../contract/roles.ts";
import type { Principal } from "../contract/principal.ts";
import type { Requests } from "../operate/requests.ts";
import type { Station } from "../operate/station.ts";
import type { Feed } from "../operate/feed.ts";
import type { Metrics } from "./metrics.ts";
import type { StreamPlaces } from "./stream-places.ts";

/** Somebody whose token was checked. */
export type Caller = {
  readonly principal: Principal;
  /** What the token lets through to; what governance lets do is asked there. */
  readonly roles: ReadonlySet<Role>;
  /** When the token ends, in milliseconds since 1970; null for never. */
  readonly expiresAtMs: number | null;
};

/** What every request of one server works on. */
export type Surface = {
  readonly station: Station;
  readonly feed: Feed;
  readonly requests: Requests;
  readonly metrics: Metrics;
  readonly streams: StreamPlaces;
  readonly version: string;
  readonly startedAtMs: number;
};

/** One decoded request. */
export type Call<Params, Query, Body> = Surface & {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  readonly headers: Headers;
  /** Id of the run that the request was promised; it may be there already, because the request came before. */
  readonly promised: string | undefined;
};

export type Answer = {
  readonly status: number;
  readonly text: string;
  /** JSON of this shape; without it, `contentType` says what comes. */
  readonly schema?: z.ZodType;
  readonly contentType?: string;
  /** Another media type that it can come as, where the request says so. */
  readonly alsoType?: string;
};

/** One operation: the app, its description, the reference page and the check of roles follow from this. */
export type Route = {
  readonly id: string;
  readonly method: "get" | "post" | "put" | "delete";
  /** As OpenAPI writes it: `/v1/runs/{run}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** Who may call it; "anybody" needs no token. */
  readonly role: Role | "anybody";
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly answer: Answer;
  /** It changes nothing, though it is sent as a POST. */
  readonly onlyLooks?: true;
  /** It starts one run, under the id that the call promises where there is one. */
  readonly startsRun?: true;
  /** Statuses of refusals that are its own, beside those that every operation has. */
  readonly refusals?: readonly number[];
  readonly handle: (call: Call<never, never, never>) => unknown;
};

type Declared<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodObject> = Omit<
  Route,
  "params" | "query" | "body" | "handle"
> & {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
};

/** Whether it has one effect however often it comes with the same header Idempotency-Key. */
export function takesKey({ method, onlyLooks }: Pick<Route, "method" | "onlyLooks">): boolean {
  return method !== "get" && onlyLooks !== true;
}

/** An operation whose handler answers with JSON of the declared shape. */
export function route<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodObject,
  Result extends z.ZodType,
>(
  declared: Declared<Params, Query, Body> & {
    readonly answer: Answer & { readonly schema: Result };
    readonly handle: (
      call: Call<z.output<Params>, z.output<Query>, z.output<Body>>,
    ) => z.output<Result> | Promise<z.output<Result>>;
  },
): Route {
  return declared;
}

/** An operation that answers with something else than JSON. */
export function rawRoute<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodObject>(
  declared: Declared<Params, Query, Body> & {
    readonly handle: (
      call: Call<z.output<Params>, z.output<Query>, z.output<Body>>,
    ) => Response | Promise<Response>;
  },
): Route {
  return declared;
}
