import { type Headers, withoutBodyHeaders, withoutSecrets } from "./headers.ts";
import { parseTarget, refusedUrl, type Target, type TargetRules } from "./target.ts";

export type Hop = {
  readonly target: Target;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | Uint8Array | undefined;
};

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/**
 * The request that a redirect asks for, judged like a first one; `undefined` where the answer is no redirect.
 * RFC 9110 §15.4: 303 turns into GET, 301 and 302 do so for POST, 307 and 308 keep method and body.
 *
 * @throws EGRESS_REFUSED also for a step down from https to http
 */
export function followRedirect(
  hop: Hop,
  status: number,
  location: string | undefined,
  rules: TargetRules,
): Hop | undefined {
  if (!REDIRECTS.includes(status) || location === undefined) return undefined;
  const from = hop.target.url;
  if (/[\s\p{Cc}\\]/u.test(location) || !URL.canParse(location, from.href))
    throw refusedUrl(from.href, `redirects to ${JSON.stringify(location)}, which is not a URL`);
  const target = parseTarget(new URL(location, from).href, rules);
  if (from.protocol === "https:" && target.url.protocol === "http:")
    throw refusedUrl(from.href, `redirects from https to ${target.url.href}`);
  const headers = target.url.origin === from.origin ? hop.headers : withoutSecrets(hop.headers);
  if (!becomesGet(status, hop.method)) return { ...hop, target, headers };
  return { target, method: "GET", headers: withoutBodyHeaders(headers), body: undefined };
}

function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== "HEAD";
  return status < 303 && method === "POST";
}
