import { type Authenticate, requireRole } from "./authenticate.ts";
import { Refusal } from "./problem.ts";
import type { Caller } from "./route.ts";

/** Something at a path of its own, beside the operations of Mission Control and behind the same guard. */
export type Door = {
  /** As the metrics name it. */
  readonly id: string;
  readonly path: string;
  readonly answer: (request: Request) => Response | Promise<Response>;
};

/** Where clients find out who issues tokens for a resource (RFC 9728); nothing where nobody but this server does. */
export type TokenPlaces = {
  /** Of the metadata. */
  readonly metadataUrl: () => string;
  readonly resource: () => string;
  readonly issuer: string;
};

const SCOPES = ["viewer", "operator"];

/** A door that only callers get through whose token is valid; a refusal says where to get one. */
export function lockedDoor(
  id: string,
  path: string,
  authenticate: Authenticate,
  places: TokenPlaces | undefined,
  answer: (request: Request, caller: Caller) => Promise<Response>,
): Door {
  return {
    id,
    path,
    async answer(request) {
      let caller: Caller;
      try {
        caller = await authenticate(request.headers);
        requireRole(caller, "viewer");
      } catch (error) {
        throw error instanceof Refusal ? withPlaces(error, places) : error;
      }
      const response = await answer(request, caller);
      const challenge = response.headers.get("www-authenticate");
      if (challenge !== null) response.headers.set("www-authenticate", `${challenge}${whereIn(places)}`);
      return response;
    },
  };
}

/** The protected-resource metadata of a path (RFC 9728 §3), for anybody. */
export function metadataDoors(path: string, { resource, issuer }: TokenPlaces): readonly Door[] {
  const answer = (request: Request): Response => {
    if (request.method !== "GET" && request.method !== "HEAD")
      throw new Refusal(405, "ENDPOINT_UNKNOWN", "It can only be read.", { allow: "GET" });
    return Response.json({
      resource: resource(),
      authorization_servers: [issuer],
      scopes_supported: SCOPES,
      bearer_methods_supported: ["header"],
      resource_name: "AI-First Runtime",
    });
  };
  const wellKnown = "/.well-known/oauth-protected-resource";
  return [wellKnown, `${wellKnown}${path}`].map((place) => ({
    id: "getResourceMetadata",
    path: place,
    answer,
  }));
}

/** And which scopes would do (RFC 6750 §3). */
function withPlaces({ status, code, message, headers }: Refusal, places: TokenPlaces | undefined): Refusal {
  const challenge =
    headers["www-authenticate"] ??
    `Bearer realm="airun", error="insufficient_scope", scope="${SCOPES.join(" ")}"`;
  return new Refusal(status, code, message, {
    ...headers,
    "www-authenticate": `${challenge}${whereIn(places)}`,
  });
}

/** RFC 9728 §5.1 */
function whereIn(places: TokenPlaces | undefined): string {
  return places === undefined ? "" : `, resource_metadata="${places.metadataUrl()}"`;
}
