import { RuntimeError } from "../contract/errors.ts";

export type Headers = Readonly<Record<string, string>>;

// RFC 9110 §5.6.2 token, §5.5 field value without obsolete folding.
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7E\x80-\xFF]*$/;
// They steer the connection, the framing or the method, and with them where a request ends or what it means.
const REFUSED =
  /^(?:host|connection|keep-alive|content-length|transfer-encoding|te|trailer|upgrade|expect|http2-settings|proxy-.*|x-http-method|x-http-method-override|x-method-override)$/;
const SECRET = /^(?:authorization|cookie2?)$|auth|key|token|secret|session|signature|credential/;
const OF_BODY = /^content-/;

/** The headers with lower-case names. @throws EGRESS_REFUSED for one that a handler may not set */
export function parseHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const lower = name.toLowerCase();
      if (!NAME.test(name)) throw refusedHeader(name, "is not a header name");
      if (REFUSED.test(lower)) throw refusedHeader(name, "may not be set");
      if (!VALUE.test(value))
        throw refusedHeader(name, "has a value with line breaks, control or non-Latin-1 characters");
      return [lower, value];
    }),
  );
}

/** What is left for another origin: nothing that may carry a secret. */
export function withoutSecrets(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET.test(name)));
}

/** What is left when a redirect drops the body. */
export function withoutBodyHeaders(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_BODY.test(name)));
}

function refusedHeader(name: string, why: string): RuntimeError {
  return new RuntimeError("EGRESS_REFUSED", `The header ${JSON.stringify(name)} ${why}.`);
}
