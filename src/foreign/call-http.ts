import { RuntimeError } from "../contract/errors.ts";
import type { ForeignOf, Parameter } from "../contract/foreign.ts";
import type { Context, NetResponse } from "../contract/handler.ts";
import { isObject } from "../contract/json.ts";
import { quoted } from "../contract/visible.ts";

const RETRYABLE: readonly number[] = [408, 425, 429];
const MAX_DETAIL_CHARACTERS = 2000;

type Inputs = Readonly<Record<string, unknown>>;

/**
 * Calls the operation that the contract names.
 *
 * @throws INPUT_INVALID for a parameter that would lead elsewhere; SERVICE_FAILED, SERVICE_REFUSED for an answer that is
 * no success; what `ctx.net` throws
 */
export async function callHttp(ctx: Context, foreign: ForeignOf<"http">, inputs: Inputs) {
  const response = await ctx.net.request({
    method: foreign.method,
    url: urlOf(foreign, inputs),
    headers: { accept: "application/json, */*;q=0.5", ...headersOf(ctx, foreign, inputs) },
    ...bodyOf(foreign, inputs),
    maxBytes: ctx.spec.limits.max_bytes ?? 20 * 1024 * 1024,
  });
  if (response.status < 200 || response.status >= 300) throw failureOf(foreign.method, response);
  return { status: response.status, ...decode(response) };
}

/** The address with every parameter in its place, and no other path than the one that was approved. */
export function urlOf(
  { url, parameters }: Pick<ForeignOf<"http">, "url" | "parameters">,
  inputs: Inputs,
): string {
  const place = (name: string): string => {
    const parameter = parameters.find((each) => each.in === "path" && each.name === name);
    const text = parameter === undefined ? undefined : flat(parameter, inputs[parameter.input]);
    if (text === undefined || text === "") throw invalid(name, "is empty");
    if (/[\p{Cc}]/u.test(text)) throw invalid(name, "holds control characters");
    if (text.split(/[/\\]/).some((part) => part === "." || part === ".."))
      throw invalid(name, "would lead to another path");
    return encodeURIComponent(text);
  };
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const [origin, template] = start === -1 ? [url, ""] : [url.slice(0, start), url.slice(start)];
  const path = template.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => place(name));
  const query = parameters
    .filter((each) => each.in === "query")
    .flatMap((each) => queryOf(each, inputs[each.input]));
  const address = `${origin}${path}${query.length === 0 ? "" : `?${query.join("&")}`}`;
  // Whatever a URL parser would do to it has been done, or the call goes to something that nobody approved.
  if (path !== "" && new URL(address).pathname !== path)
    throw new RuntimeError("INPUT_INVALID", `The path ${JSON.stringify(quoted(path, 200))} is not plain.`);
  return address;
}

function headersOf(ctx: Context, foreign: ForeignOf<"http">, inputs: Inputs): Record<string, string> {
  const given = foreign.parameters.flatMap((each) => {
    const text = each.in === "header" ? flat(each, inputs[each.input]) : undefined;
    return text === undefined ? [] : [[each.name.toLowerCase(), text] as const];
  });
  const isWrite = !["GET", "HEAD", "OPTIONS"].includes(foreign.method);
  return {
    ...(isWrite ? { "idempotency-key": ctx.idempotencyKey } : {}),
    ...foreign.headers,
    ...Object.fromEntries(given),
    ...(foreign.body !== undefined && inputs[foreign.body.input] !== undefined
      ? { "content-type": foreign.body.media_type }
      : {}),
  };
}

function bodyOf({ body }: ForeignOf<"http">, inputs: Inputs): { readonly body?: string } {
  const value = body === undefined ? undefined : inputs[body.input];
  if (body === undefined || value === undefined) return {};
  if (body.media_type === "text/plain") return { body: plain(value) };
  if (body.media_type !== "application/x-www-form-urlencoded") return { body: JSON.stringify(value) };
  const pairs = Object.entries(isObject(value) ? value : {}).flatMap(([name, member]) =>
    (Array.isArray(member) ? member : [member]).map((each) => [name, plain(each)] as [string, string]),
  );
  return { body: new URLSearchParams(pairs).toString() };
}

const SEPARATORS: ReadonlyMap<string, string> = new Map([
  ["spaceDelimited", "%20"],
  ["pipeDelimited", "%7C"],
]);

/** RFC 6570 as OpenAPI uses it in the query. */
function queryOf({ name, style, explode }: Parameter, value: unknown): string[] {
  if (value === undefined) return [];
  const key = encodeURIComponent(name);
  const pair = (text: string, under = key): string => `${under}=${encodeURIComponent(text)}`;
  if (style === "json") return [pair(JSON.stringify(value))];
  if (Array.isArray(value)) {
    const items = value.map(plain);
    if (explode) return items.map((item) => pair(item));
    const separator = SEPARATORS.get(style) ?? ",";
    return [`${key}=${items.map(encodeURIComponent).join(separator)}`];
  }
  if (!isObject(value)) return [pair(plain(value))];
  const members = Object.entries(value).map(([member, each]) => [member, plain(each)] as const);
  if (style === "deepObject")
    return members.map(([member, text]) => pair(text, `${key}[${encodeURIComponent(member)}]`));
  if (explode) return members.map(([member, text]) => pair(text, encodeURIComponent(member)));
  return [`${key}=${members.flat().map(encodeURIComponent).join(",")}`];
}

/** A value in the style `simple`, before any encoding. */
function flat({ style, explode }: Parameter, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (style === "json") return JSON.stringify(value);
  if (Array.isArray(value)) return value.map(plain).join(",");
  if (!isObject(value)) return plain(value);
  return Object.entries(value)
    .map(([name, member]) => [name, plain(member)].join(explode ? "=" : ","))
    .join(",");
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

function decode({ body, headers }: NetResponse) {
  const type = headers["content-type"] ?? "";
  const media_type = (type.split(";")[0] ?? "").trim().toLowerCase().slice(0, 100);
  if (body.length === 0) return { media_type, encoding: "none", body: null };
  const text = textOf(body);
  if (text !== undefined && /^application\/(?:[\w.-]+\+)?json$/.test(media_type))
    try {
      return { media_type, encoding: "json", body: JSON.parse(text) as unknown };
    } catch (error) {
      throw new RuntimeError("CONTENT_INVALID", "The answer says that it is JSON, and it is not.", {
        cause: error,
      });
    }
  if (text !== undefined) return { media_type, encoding: "text", body: text };
  return { media_type, encoding: "base64", body: body.toString("base64") };
}

function textOf(body: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function failureOf(method: string, response: NetResponse): RuntimeError {
  const { status, url } = response;
  const code = status >= 500 || RETRYABLE.includes(status) ? "SERVICE_FAILED" : "SERVICE_REFUSED";
  const body = quoted(
    (textOf(response.body) ?? "").slice(0, 2 * MAX_DETAIL_CHARACTERS),
    MAX_DETAIL_CHARACTERS,
  );
  return new RuntimeError(code, `${method} ${new URL(url).origin} was answered with status ${status}.`, {
    details: { status, body },
  });
}

function invalid(name: string, why: string): RuntimeError {
  return new RuntimeError("INPUT_INVALID", `The parameter ${JSON.stringify(quoted(name, 60))} ${why}.`);
}
