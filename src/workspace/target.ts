import { isIP } from "node:net";

import { RuntimeError } from "../contract/errors.ts";
import { refusalOfAddress } from "./address.ts";
import { admits, type HostRule, isInternalName, plainHost } from "./hosts.ts";

export type Target = {
  readonly url: URL;
  readonly host: string;
  /** The operator listed this very host and port as a private endpoint: its address is not judged. */
  readonly isPrivate: boolean;
};

export type TargetRules = {
  readonly hosts: readonly HostRule[];
  /** `host:port` of private endpoints that the operator allows. */
  readonly privateEndpoints: ReadonlySet<string>;
};

const MAX_URL_LENGTH = 8192;

/**
 * Judges an address before anything is resolved or sent: scheme, spelling, host, port, and IP literals in every form.
 *
 * @throws EGRESS_REFUSED
 */
export function parseTarget(text: string, rules: TargetRules): Target {
  if (text.length > MAX_URL_LENGTH)
    throw refusedUrl(`${text.slice(0, 60)}…`, `is longer than ${MAX_URL_LENGTH} characters`);
  // URL would drop tabs and newlines, and read a backslash as a slash.
  if (/[\s\p{Cc}\\]/u.test(text))
    throw refusedUrl(JSON.stringify(text), "holds white space, a control character or a backslash");
  if (!URL.canParse(text)) throw refusedUrl(text, "is not a URL");
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw refusedUrl(text, `has the scheme ${url.protocol}, not http or https`);
  if (url.username !== "" || url.password !== "")
    throw refusedUrl(text.replace(/\/\/[^/]*@/, "//…@"), "holds a user name or password");
  const host = plainHost(url.hostname);
  if (host === undefined)
    throw refusedUrl(text, `has the host "${url.hostname}", which is not a plain name or address`);
  url.hash = "";
  if (isIP(host) === 0) url.hostname = host;

  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  const isPrivate = rules.privateEndpoints.has(`${host}:${port}`);
  const isListed =
    admits(rules.hosts, host, port) ||
    (isPrivate && rules.hosts.some(({ kind, port: named }) => kind === "any" && named === undefined));
  if (!isListed)
    throw refusedUrl(
      text,
      `leads to ${host} port ${port}, which the contract's network.hosts does not allow`,
    );
  if (!isPrivate) checkPublic(text, host);
  return { url, host, isPrivate };
}

function checkPublic(text: string, host: string): void {
  if (isInternalName(host)) throw refusedUrl(text, `names "${host}", which is not a public host`);
  const refusal = isIP(host) === 0 ? undefined : refusalOfAddress(host);
  if (refusal !== undefined) throw refusedUrl(text, `leads to ${host}, which ${refusal}`);
}

export function refusedUrl(url: string, why: string): RuntimeError {
  return new RuntimeError("EGRESS_REFUSED", `The URL ${url} ${why}.`);
}
