import type { CapabilitySpec } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Net, NetRequest, NetResponse } from "../contract/handler.ts";
import { checkDeclared, READS, WRITES } from "../contract/network-effect.ts";
import { ACCEPTED_CODINGS, readBody, tooLarge } from "./body.ts";
import { parseHeaders } from "./headers.ts";
import { parseHostRules, toAsciiHost } from "./hosts.ts";
import { followRedirect, type Hop } from "./redirect.ts";
import { guardedLookup, type ResolveHost, resolveWithSystem } from "./resolve.ts";
import { type SecretFor, secretHeader, withoutSecret } from "./secret-header.ts";
import { parseTarget, refusedUrl, type TargetRules } from "./target.ts";

export type NetOptions = {
  readonly spec: CapabilitySpec;
  readonly signal: AbortSignal;
  /** Resolves once the intent is durable. Awaited for each hop, before its name is resolved. */
  readonly intend: (method: string, url: string) => Promise<void>;
  /** `host:port` of private endpoints that the operator allows. */
  readonly allowPrivateHosts: readonly string[];
  readonly resolveHost?: ResolveHost;
  /** Where the secrets are that contracts name; without it there are none. */
  readonly secretFor?: SecretFor;
};

const MAX_REDIRECTS = 5;
const MAX_BYTES = 20 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = 20_000;

/**
 * `ctx.net`: reaches nothing but public hosts that the contract lists. Each hop of a redirect is judged like a first
 * request; the address that is judged is the one that is connected to. Proxies of the environment are not used.
 *
 * @throws SPEC_INVALID for a malformed line of `network.hosts`
 */
export function createNet(options: NetOptions): Net {
  const rules: TargetRules = {
    hosts: parseHostRules(options.spec.network?.hosts ?? []),
    privateEndpoints: new Set(options.allowPrivateHosts.map(parseEndpoint)),
  };

  return {
    async request(request) {
      options.signal.throwIfAborted();
      const timeoutMs = request.timeoutMs ?? options.spec.timeout_seconds * 1000;
      const timeout = AbortSignal.timeout(timeoutMs);
      const signal = AbortSignal.any([options.signal, timeout]);
      let hop: Hop = firstHop(options.spec, request, rules);
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        checkDeclared(options.spec, hop.method);
        await options.intend(hop.method, hop.target.url.href);
        const answer = await send(options, hop, request, rules, signal).catch((error: unknown) => {
          options.signal.throwIfAborted();
          if (timeout.aborted) throw timedOut(request.url, `took longer than ${timeoutMs} ms`, error);
          throw explain(error, request.url);
        });
        if ("status" in answer) return answer;
        hop = answer;
      }
      throw refusedUrl(request.url, `redirects more than ${MAX_REDIRECTS} times`);
    },
  };
}

function firstHop(
  spec: CapabilitySpec,
  { method, url, headers = {}, body }: NetRequest,
  rules: TargetRules,
): Hop {
  const upper = method.toUpperCase();
  if (!READS.includes(upper) && !WRITES.includes(upper))
    throw new RuntimeError(
      "EGRESS_REFUSED",
      `The method ${JSON.stringify(method)} is not one of ${[...READS, ...WRITES].join(", ")}.`,
    );
  // A contract without network lists no hosts either; that it declares none is what matters.
  checkDeclared(spec, upper);
  if (READS.includes(upper) && body !== undefined)
    throw new RuntimeError("EGRESS_REFUSED", `A ${upper} request carries no body.`);
  const parsed = {
    "accept-encoding": ACCEPTED_CODINGS,
    "user-agent": "ai-first-runtime",
    ...parseHeaders(headers),
  };
  return { target: parseTarget(url, rules), method: upper, headers: parsed, body };
}

/** Sends one hop: the response, or the next hop where it is redirected. */
async function send(
  { spec, resolveHost = resolveWithSystem, secretFor = noSecret }: NetOptions,
  hop: Hop,
  request: NetRequest,
  rules: TargetRules,
  signal: AbortSignal,
): Promise<NetResponse | Hop> {
  const { url, isPrivate } = hop.target;
  const secret = secretHeader(spec, hop, secretFor);
  const { followRedirects = true, maxBytes = MAX_BYTES } = request;
  const { Agent } = await import("undici"); // On first use: loading it takes as long as the rest of a start.
  const agent = new Agent({
    allowH2: false,
    connect: {
      lookup: guardedLookup(resolveHost, isPrivate),
      timeout: CONNECT_TIMEOUT_MS,
      rejectUnauthorized: true,
    },
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: IDLE_TIMEOUT_MS,
  });
  try {
    const response = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: hop.method,
      headers: { ...hop.headers, ...secret.headers },
      body: hop.body ?? null,
      signal,
    });
    const headers = joinHeaders(response.headers);
    const next = followRedirects
      ? followRedirect(hop, response.statusCode, headers["location"], rules)
      : undefined;
    // A body that is given up fails when the agent is destroyed; nobody waits for it.
    response.body.on("error", () => {});
    if (next !== undefined) return next;
    if (hop.method !== "HEAD" && Number(headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    const body = await readBody(response.body, headers["content-encoding"] ?? "", maxBytes);
    const answer = { status: response.statusCode, headers: describeDecoded(headers), body, url: url.href };
    return withoutSecret(answer, secret);
  } finally {
    await agent.destroy();
  }
}

function noSecret(name: string): never {
  throw new RuntimeError("SECRET_UNAVAILABLE", `There are no secrets here, and so no ${name}.`);
}

function joinHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]),
  );
}

function describeDecoded({
  "content-encoding": coding,
  "content-length": length,
  ...others
}: Record<string, string>): Record<string, string> {
  if (coding !== undefined || length === undefined) return others;
  return { ...others, "content-length": length };
}

/** A private endpoint in the spelling that addresses are compared in. @throws USAGE */
export function parseEndpoint(text: string): string {
  const [, body = "", port = ""] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const host = toAsciiHost(body);
  if (host === undefined)
    throw new RuntimeError("USAGE", `AI_FIRST_ALLOW_PRIVATE_HOSTS: "${text}" is not host:port.`);
  return `${host}:${port}`;
}

const TIMEOUTS: readonly string[] = [
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
];

function explain(error: unknown, url: string): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (TIMEOUTS.includes(code)) return timedOut(url, `did not answer in time (${code})`, error);
  if (code === "UND_ERR_HEADERS_OVERFLOW")
    return new RuntimeError("LIMIT_EXCEEDED", `The answer of ${url} has too large headers.`, {
      cause: error,
    });
  const why = code === "" ? String(error) : code;
  return new RuntimeError("NETWORK_FAILED", `The request to ${url} failed: ${why}.`, { cause: error });
}

function timedOut(url: string, why: string, cause: unknown): RuntimeError {
  return new RuntimeError("TIMED_OUT", `The request to ${url} ${why}.`, { cause });
}
