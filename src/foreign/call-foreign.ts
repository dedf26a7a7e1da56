import { RuntimeError } from "../contract/errors.ts";
import type { ForeignOf } from "../contract/foreign.ts";
import type { Context, Handler } from "../contract/handler.ts";
import { isObject } from "../contract/json.ts";
import { quoted } from "../contract/visible.ts";
import { callHttp } from "./call-http.ts";
import { withMcpOverHttp } from "./mcp-http.ts";
import { definitionDigest, type McpSession } from "./mcp-session.ts";
import { withMcpOverStdio } from "./mcp-stdio.ts";
import { copyForProgram } from "./private-copy.ts";

/** The value of a secret that a program of somebody else gets. @throws SECRET_UNAVAILABLE */
export type SecretFor = (name: string, place: string) => string;

const MAX_BYTES = 20 * 1024 * 1024;

/** Does what a contract with a `foreign` side says, by calling that side. */
export function callForeign(secretFor: SecretFor): Handler {
  return async (ctx, inputs) => {
    const { foreign } = ctx.spec;
    switch (foreign?.kind) {
      case "http":
        return await callHttp(ctx, foreign, inputs);
      case "mcp-http":
        return await callOverHttp(ctx, foreign, inputs);
      case "mcp-stdio":
        return await callOverStdio(ctx, foreign, inputs, secretFor);
      case undefined:
        throw new RuntimeError("CAPABILITY_UNKNOWN", `${ctx.spec.id} names no other side.`);
      default:
        return foreign satisfies never;
    }
  };
}

type Inputs = Readonly<Record<string, unknown>>;

async function callOverHttp(ctx: Context, foreign: ForeignOf<"mcp-http">, inputs: Inputs) {
  const { net, signal, spec } = ctx;
  const options = {
    url: foreign.url,
    net,
    signal,
    timeoutMs: spec.timeout_seconds * 1000,
    maxBytes: limitOf(ctx),
  };
  return await withMcpOverHttp(options, (session) => callTool(session, foreign, inputs));
}

async function callOverStdio(
  ctx: Context,
  foreign: ForeignOf<"mcp-stdio">,
  inputs: Inputs,
  secretFor: SecretFor,
) {
  const { spec, signal } = ctx;
  const does = (effect: (typeof spec.side_effects)[number]) => spec.side_effects.includes(effect);
  const isWritable = does("filesystem_write") || does("filesystem_delete");
  using copy = isWritable || does("filesystem_read") ? await copyForProgram(ctx) : undefined;
  const env = Object.fromEntries(foreign.env.map((name) => [name, secretFor(name, foreign.command)]));
  const outputs = await withMcpOverStdio(
    {
      program: foreign,
      directory: copy === undefined ? undefined : { path: copy.path, isWritable },
      env,
      signal,
      timeoutMs: spec.timeout_seconds * 1000,
      maxBytes: limitOf(ctx),
    },
    (session) => callTool(session, foreign, inputs),
  );
  await copy?.bringBack();
  return outputs;
}

/** Calls the tool, where it is still the one that was approved. @throws DRIFTED before anything is called */
async function callTool(
  session: McpSession,
  { tool, definition }: ForeignOf<"mcp-stdio" | "mcp-http">,
  inputs: Inputs,
): Promise<Record<string, unknown>> {
  const found = (await session.tools()).filter(({ name }) => name === tool);
  const [present, another] = found;
  const shown = JSON.stringify(quoted(tool, 80));
  if (present === undefined)
    throw new RuntimeError("DRIFTED", `The MCP server has no tool ${shown} any more.`);
  if (another !== undefined || digestOr(present) !== definition)
    throw new RuntimeError(
      "DRIFTED",
      `The MCP server describes its tool ${shown} otherwise than it was approved.`,
    );
  const { content, structuredContent, isError } = await session.call(tool, inputs);
  const blocks = Array.isArray(content) ? content.filter(isObject) : [];
  if (isError === true)
    throw new RuntimeError("SERVICE_REFUSED", `The tool ${shown} failed: ${quoted(textIn(blocks), 500)}`);
  return { content: blocks, ...(structuredContent === undefined ? {} : { structured: structuredContent }) };
}

function digestOr(definition: Parameters<typeof definitionDigest>[0]): string {
  try {
    return definitionDigest(definition);
  } catch {
    return ""; // What has no digest is not what was approved.
  }
}

function textIn(blocks: readonly Readonly<Record<string, unknown>>[]): string {
  return (
    blocks.flatMap(({ text }) => (typeof text === "string" ? [text] : [])).join(" ") || "it says nothing more"
  );
}

function limitOf({ spec }: Context): number {
  return spec.limits.max_bytes ?? MAX_BYTES;
}
