import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/server";

/** Where a result says which run it came from, for `undo`, `result` and people who look it up. */
const RUN_META = "airun/run";

type Content = Readonly<Record<string, unknown>>;

export function succeeded(structuredContent: Content, run: string): CallToolResult {
  return { content: [text(structuredContent)], structuredContent, ...metaOf(run) };
}

/** Blocks that a capability made for clients to show. */
export function shown(
  content: readonly ContentBlock[],
  structuredContent: unknown,
  run: string,
): CallToolResult {
  const structured =
    structuredContent === undefined ? {} : { structuredContent: structuredContent as Content };
  return { content: [...content], ...structured, ...metaOf(run) };
}

/** The agent can read why, and what to do about it. */
export function failed(why: Content, run?: string): CallToolResult {
  return { isError: true, content: [text(why)], ...metaOf(run) };
}

function metaOf(run: string | undefined) {
  return run === undefined ? {} : { _meta: { [RUN_META]: run } };
}

function text(value: Content): { type: "text"; text: string } {
  return { type: "text", text: JSON.stringify(value) };
}
