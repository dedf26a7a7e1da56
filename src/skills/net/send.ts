import { RuntimeError } from "../../contract/errors.ts";
import type { Context, NetResponse } from "../../contract/handler.ts";

export type NetInput = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout: number;
  readonly follow_redirects?: boolean;
  readonly accept_status: readonly number[];
};
export type NetInputWithBody = NetInput & { readonly body: unknown; readonly content_type: string };

const MAX_DETAIL_CHARACTERS = 4096;
const RETRYABLE: readonly number[] = [408, 425, 429];

/**
 * Sends a request and gives back a 2xx answer, or one whose status is listed in `accept_status`.
 *
 * @throws SERVICE_FAILED for 5xx, 408, 425 and 429; SERVICE_REFUSED for any other status; what `ctx.net` throws
 */
export async function send(
  { net }: Context,
  method: string,
  input: NetInput,
  more: { headers?: Record<string, string>; body?: string } = {},
) {
  const { url, headers, timeout, follow_redirects = true, accept_status } = input;
  const response = await net.request({
    ...more,
    method,
    url,
    headers: withDefaults(headers, more.headers ?? {}),
    timeoutMs: timeout * 1000,
    followRedirects: follow_redirects,
  });
  const { status } = response;
  const success = status >= 200 && status < 300;
  const isAskedFor = accept_status.includes(status) || (!follow_redirects && status >= 300 && status < 400);
  if (!success && !isAskedFor) throw failureOf(method, response);
  return { status_code: status, ...bodyOf(response), headers: { ...response.headers }, success };
}

/** The parts of a request that writes: JSON unless the body is text, and a key by which a repeated one is known. */
export function bodyParts(
  { idempotencyKey }: Context,
  { body, content_type }: NetInputWithBody,
): { headers: Record<string, string>; body: string } {
  const text = typeof body === "string" ? body : body === null ? "" : JSON.stringify(body);
  return { headers: { "content-type": content_type, "idempotency-key": idempotencyKey }, body: text };
}

function withDefaults(
  headers: NetInput["headers"],
  defaults: Readonly<Record<string, string>>,
): Record<string, string> {
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  return { ...Object.fromEntries(Object.entries(defaults).filter(([name]) => !given.has(name))), ...headers };
}

function failureOf(method: string, response: NetResponse): RuntimeError {
  const { status, url } = response;
  const code = status >= 500 || RETRYABLE.includes(status) ? "SERVICE_FAILED" : "SERVICE_REFUSED";
  const body = bodyOf(response).body.slice(0, MAX_DETAIL_CHARACTERS).toWellFormed();
  return new RuntimeError(code, `${method} ${new URL(url).origin} was answered with status ${status}.`, {
    details: { status_code: status, body },
  });
}

/** Text where the bytes are text in the answer's charset, otherwise base64. */
function bodyOf({ body, headers }: NetResponse): { body: string; body_encoding: "text" | "base64" } {
  const [, charset = "utf-8"] = /charset="?([\w-]+)/i.exec(headers["content-type"] ?? "") ?? [];
  try {
    return { body: new TextDecoder(charset, { fatal: true }).decode(body), body_encoding: "text" };
  } catch {
    return { body: body.toString("base64"), body_encoding: "base64" };
  }
}
