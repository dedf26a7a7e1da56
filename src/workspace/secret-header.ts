import type { CapabilitySpec } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { NetResponse } from "../contract/handler.ts";
import type { Hop } from "./redirect.ts";

/** The value of a secret, for one host. @throws SECRET_UNAVAILABLE where there is none, or it is not for that host */
export type SecretFor = (name: string, host: string) => string;

/** The header that a contract's secret is sent in, and everything by which the secret could come back. */
type SecretHeader = {
  readonly headers: Readonly<Record<string, string>>;
  readonly values: readonly string[];
};

const NONE: SecretHeader = { headers: {}, values: [] };

/**
 * What is added to one hop: the secret that the contract names, to the contract's own origin alone. It joins the request
 * after everything that is recorded, so that neither the handler nor the ledger ever holds it.
 *
 * @throws SECRET_UNAVAILABLE; EGRESS_REFUSED where it would be sent in the clear over a public network
 */
export function secretHeader(spec: CapabilitySpec, { target }: Hop, secretFor: SecretFor): SecretHeader {
  const { foreign } = spec;
  if (foreign === undefined || foreign.kind === "mcp-stdio" || foreign.secret === undefined) return NONE;
  const { name, header, scheme } = foreign.secret;
  if (target.url.origin !== new URL(foreign.url.replaceAll(/\{[^{}]*\}/g, "x")).origin) return NONE;
  if (target.url.protocol !== "https:" && !target.isPrivate)
    throw new RuntimeError(
      "EGRESS_REFUSED",
      `The secret ${name} is not sent to ${target.url.origin}, which is not encrypted.`,
    );
  const value = secretFor(name, target.host);
  const encoded = scheme === "basic" ? Buffer.from(value).toString("base64") : value;
  const prefix = { raw: "", bearer: "Bearer ", basic: "Basic " }[scheme];
  const values = new Set([value, encoded].flatMap((each) => [each, JSON.stringify(each).slice(1, -1)]));
  return { headers: { [header]: prefix + encoded }, values: [...values] };
}

/** The answer without the secret, where the other side sends it back. */
export function withoutSecret(answer: NetResponse, { values }: SecretHeader): NetResponse {
  const hide = (text: string): string =>
    values.reduce((left, value) => left.replaceAll(value, "[secret]"), text);
  const isIn = values.some((value) => answer.body.includes(value));
  const headers = values.length === 0 ? answer.headers : mapValues(answer.headers, hide);
  // As Latin-1 every byte stays itself; a secret in a header has no other characters.
  const body = isIn ? Buffer.from(hide(answer.body.toString("latin1")), "latin1") : answer.body;
  return { ...answer, headers, body };
}

function mapValues(values: Readonly<Record<string, string>>, change: (text: string) => string) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
