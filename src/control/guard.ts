import { Refusal } from "./problem.ts";

const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];
// Names under which others hand tokens over; a query ends up in logs and histories.
const TOKEN_NAMES = /^(?:access_?token|token|bearer|jwt|api_?key|authorization)$/i;

export type Guard = {
  /** Names, without a port, by which the server is addressed besides those of the loopback. */
  readonly names: readonly string[];
  readonly port: () => number;
};

/**
 * Refuses what a page of another site sends through somebody's browser (DNS rebinding, foreign origins), and tokens
 * in an address.
 *
 * @throws Refusal
 */
export function checkRequest(request: Request, { names, port }: Guard): void {
  const hosts = new Set(
    [...LOOPBACK_NAMES, ...names].flatMap((name) => [`${name}:${port()}`, ...(port() === 80 ? [name] : [])]),
  );
  const host = request.headers.get("host")?.toLowerCase() ?? "";
  if (!hosts.has(host))
    throw new Refusal(421, "REQUEST_REFUSED", `"${host.slice(0, 100)}" is not the name of this server.`);
  const origin = request.headers.get("origin");
  if (origin !== null && !isOwnOrigin(origin, hosts))
    throw new Refusal(
      403,
      "REQUEST_REFUSED",
      `A page of "${origin.slice(0, 100)}" may not call this server.`,
    );
  const { searchParams } = new URL(request.url);
  for (const name of searchParams.keys())
    if (TOKEN_NAMES.test(name))
      throw new Refusal(
        400,
        "REQUEST_REFUSED",
        `The query has "${name}"; a token belongs into the header Authorization.`,
      );
}

function isOwnOrigin(origin: string, hosts: ReadonlySet<string>): boolean {
  const [, host = ""] = /^https?:\/\/([^/]+)$/i.exec(origin) ?? [];
  return hosts.has(host.toLowerCase()) || hosts.has(`${host.toLowerCase()}:80`);
}
