import { RuntimeError } from "../contract/errors.ts";
import type { Net } from "../contract/handler.ts";
import { isObject } from "../contract/json.ts";
import { quoted } from "../contract/visible.ts";
import { type McpSession, refusedRequest, withMcp } from "./mcp-session.ts";
import { textOr } from "./text-or.ts";

export type McpHttpOptions = {
  readonly url: string;
  readonly net: Net;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly maxBytes: number;
};

type Message = Readonly<Record<string, unknown>>;

/**
 * A connection to an MCP server over Streamable HTTP. Every request goes through the egress guard, and its answer is
 * read whole: from a stream only the answer itself is taken.
 *
 * @throws as `withMcp` and `ctx.net`
 */
export async function withMcpOverHttp<Result>(
  { url, net, signal, timeoutMs, maxBytes }: McpHttpOptions,
  work: (session: McpSession) => Promise<Result>,
): Promise<Result> {
  const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const broken = Promise.withResolvers<never>();
  const fetchThroughGuard = async (_: string | URL, init: RequestInit = {}): Promise<Response> => {
    const method = init.method ?? "GET";
    // The client would listen for what the server says unasked: nobody here would hear it.
    if (method !== "POST") return new Response(null, { status: 405 });
    const body = textOr(init.body, "");
    try {
      const answer = await net.request({
        method,
        url,
        headers: Object.fromEntries(new Headers(init.headers)),
        body,
        timeoutMs,
        maxBytes,
        followRedirects: false,
      });
      return responseTo(body, answer);
    } catch (error) {
      broken.reject(error);
      throw error;
    }
  };
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: fetchThroughGuard,
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1,
      maxReconnectionDelay: 1,
      reconnectionDelayGrowFactor: 1,
    },
    onInsufficientScope: "throw",
  });
  return await withMcp({ transport, signal, timeoutMs, broken: broken.promise }, work);
}

type Answer = Awaited<ReturnType<Net["request"]>>;

function responseTo(request: string, { status, headers, body }: Answer): Response {
  if (status === 401 || status === 403)
    throw new RuntimeError(
      "SERVICE_REFUSED",
      `The MCP server answers with status ${status}: it wants a secret that the contract does not give.`,
    );
  if (status >= 500)
    throw new RuntimeError("SERVICE_FAILED", `The MCP server answers with status ${status}.`);
  if (status >= 300 && status < 400)
    throw new RuntimeError(
      "SERVICE_REFUSED",
      `The MCP server sends the request elsewhere (status ${status}), which is not followed.`,
    );
  const { id } = JSON.parse(request) as Message;
  const kept = Object.fromEntries(
    ["mcp-session-id", "content-type"].flatMap((name) =>
      headers[name] === undefined ? [] : [[name, headers[name]]],
    ),
  );
  if (id === undefined || status < 200 || status >= 300)
    return new Response(body.length === 0 || status === 204 ? null : new Uint8Array(body), {
      status,
      headers: kept,
    });
  const message = answerAmong(messagesIn(body.toString("utf8"), headers["content-type"] ?? ""), id);
  return new Response(JSON.stringify(message), {
    status,
    headers: { ...kept, "content-type": "application/json" },
  });
}

/** @throws SERVICE_REFUSED where the server asks for something; SERVICE_FAILED where the answer is not among them */
export function answerAmong(messages: readonly unknown[], id: unknown): Message {
  for (const message of messages) {
    if (!isObject(message)) continue;
    if (message["method"] !== undefined && message["id"] !== undefined)
      throw refusedRequest(textOr(message["method"], "something"));
    if (message["method"] === undefined && message["id"] === id) return message;
  }
  throw new RuntimeError(
    "SERVICE_FAILED",
    "The MCP server ends its answer without having answered the request.",
  );
}

function messagesIn(text: string, contentType: string): unknown[] {
  const type = contentType.split(";")[0]?.trim().toLowerCase();
  if (type !== "text/event-stream") return [parse(text)].flat();
  return text.split(/\r\n\r\n|\n\n|\r\r/).flatMap((event) => {
    const data = event
      .split(/\r\n|\n|\r/)
      .flatMap((line) => (line.startsWith("data:") ? [line.slice(5).replace(/^ /, "")] : []));
    return data.length === 0 || data.join("") === "" ? [] : [parse(data.join("\n"))].flat();
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RuntimeError(
      "SERVICE_FAILED",
      `The MCP server answers with what is no JSON: ${JSON.stringify(quoted(text.slice(0, 200), 80))}.`,
      { cause },
    );
  }
}
