import { z } from "zod";

import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import { quoted } from "../contract/visible.ts";
import type { Transport } from "@modelcontextprotocol/client";

/** A tool as the server describes it; nothing in it was checked. */
export type ToolDefinition = { readonly name: string; readonly [field: string]: unknown };

/** One connection to an MCP server. */
export type McpSession = {
  /** Every tool, over all pages. @throws LIMIT_EXCEEDED, SERVICE_FAILED */
  readonly tools: () => Promise<ToolDefinition[]>;
  /** The raw result of a call. @throws SERVICE_FAILED, SERVICE_REFUSED, TIMED_OUT */
  readonly call: (
    tool: string,
    inputs: Readonly<Record<string, unknown>>,
  ) => Promise<Readonly<Record<string, unknown>>>;
};

export type McpOptions = {
  readonly transport: Transport;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Rejects with what is wrong where the other side breaks the rules of the connection. */
  readonly broken: Promise<never>;
};

const MAX_PAGES = 100;
const MAX_TOOLS = 5000;
const PROBE_MS = 5000;

/** What a definition says: all of this was shown to the approver, and all of it is compared at each call. */
const DEFINING = ["name", "title", "description", "inputSchema", "outputSchema", "annotations"] as const;

/**
 * Connects, works and hangs up. Both revisions are spoken: 2026-07-28 where the server knows it, else 2025-11-25. The
 * client offers nothing: no sampling, no elicitation, no roots.
 *
 * @throws SERVICE_FAILED, SERVICE_REFUSED, TIMED_OUT, and what the transport throws
 */
export async function withMcp<Result>(
  { transport, signal, timeoutMs, broken }: McpOptions,
  work: (session: McpSession) => Promise<Result>,
): Promise<Result> {
  // Half a megabyte of code: loaded for those who call an MCP server.
  const { Client } = await import("@modelcontextprotocol/client");
  const Raw = z.looseObject({});
  const client = new Client(
    { name: "ai-first-runtime", version: "1" },
    {
      capabilities: {},
      versionNegotiation: { mode: "auto", probe: { timeoutMs: Math.min(PROBE_MS, timeoutMs) } },
      inputRequired: { autoFulfill: false },
      // Outputs are checked against the contract, which holds what the server declared.
      jsonSchemaValidator: {
        getValidator: () => (data: unknown) => ({
          valid: true,
          data: data as never,
          errorMessage: undefined,
        }),
      },
    },
  );
  const options = { signal, timeout: timeoutMs };
  const ask = async (method: string, params: Record<string, unknown>) => {
    const answer = client.request({ method, params }, Raw, options);
    answer.catch(() => {});
    return await Promise.race([answer, broken]);
  };
  broken.catch(() => {});
  try {
    const connected = client.connect(transport, options);
    connected.catch(() => {});
    await Promise.race([connected, broken]);
    return await work({
      async tools() {
        const found: ToolDefinition[] = [];
        let cursor: unknown;
        for (let page = 0; page < MAX_PAGES; page++) {
          const answer = await ask("tools/list", cursor === undefined ? {} : { cursor });
          found.push(...definitionsIn(answer["tools"]));
          if (found.length > MAX_TOOLS) throw tooMany(`more than ${MAX_TOOLS} tools`);
          cursor = answer["nextCursor"];
          if (cursor === undefined || cursor === null) return found;
        }
        throw tooMany(`more than ${MAX_PAGES} pages of tools`);
      },
      call: (tool, inputs) => ask("tools/call", { name: tool, arguments: inputs }),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error);
  } finally {
    await client.close().catch(() => {});
  }
}

/** The digest of a definition as it is approved. @throws SPEC_INVALID for one that has no canonical form */
export function definitionDigest(definition: ToolDefinition): string {
  const said = DEFINING.flatMap((field) =>
    definition[field] === undefined ? [] : [[field, definition[field]] as const],
  );
  try {
    return digestOf(Object.fromEntries(said));
  } catch (cause) {
    throw new RuntimeError("SPEC_INVALID", "It holds a text that is not well-formed.", { cause });
  }
}

function definitionsIn(tools: unknown): ToolDefinition[] {
  if (!Array.isArray(tools))
    throw new RuntimeError("SERVICE_FAILED", "The MCP server answers with no list of tools.");
  return tools.map((tool: unknown) => {
    if (isObject(tool) && typeof tool["name"] === "string") return { ...tool, name: tool["name"] };
    throw new RuntimeError("SERVICE_FAILED", "The MCP server names a tool that has no name.");
  });
}

function tooMany(what: string): RuntimeError {
  return new RuntimeError("LIMIT_EXCEEDED", `The MCP server offers ${what}.`);
}

function explain(error: unknown): unknown {
  let cause: unknown = error;
  // The client wraps what the transport threw.
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    if (cause instanceof RuntimeError) return cause;
    const { data } = cause as { readonly data?: { readonly cause?: unknown } };
    cause = cause.cause ?? data?.cause;
  }
  if (!(error instanceof Error)) return error;
  const { code } = error as { readonly code?: unknown };
  const message = quoted(error.message, 500);
  if (code === "REQUEST_TIMEOUT")
    return new RuntimeError("TIMED_OUT", `The MCP server did not answer: ${message}.`, { cause: error });
  if (code === "UNSUPPORTED_RESULT_TYPE") return refusedRequest("something of the client");
  if (typeof code === "number")
    return new RuntimeError("SERVICE_REFUSED", `The MCP server refused: ${message}`, {
      cause: error,
      details: { code },
    });
  return new RuntimeError("SERVICE_FAILED", `The MCP server failed: ${message}`, { cause: error });
}

/** Sampling, elicitation and roots are things that a server has the client do: none of them is done. */
export function refusedRequest(method: string): RuntimeError {
  return new RuntimeError(
    "SERVICE_REFUSED",
    `The MCP server asks for ${quoted(method, 60)} before it answers, which nobody approved.`,
  );
}
