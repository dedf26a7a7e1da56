import { type ContentBlock, isSpecType } from "@modelcontextprotocol/server";

import { isObject } from "../contract/json.ts";
import { visible } from "../contract/visible.ts";
import type { Offer } from "../workflow/offers.ts";

/** Inputs that the client's answers come in, and what the capability wanted to be told again; no tool shows them. */
export const ANSWERS = "input_responses";
export const STATE = "input_state";

export function takesAnswers({ inputs }: Pick<Offer, "inputs">): boolean {
  return propertyOf(inputs, ANSWERS) !== undefined;
}

/**
 * Whether a contract's outputs are those of a tool of MCP: blocks of content, and what is structured beside them. The
 * tools of imported servers have such outputs, and so may the capabilities of a pack.
 */
export function isNative(outputs: unknown): boolean {
  const content = propertyOf(outputs, "content");
  const items = isObject(content) && content["type"] === "array" ? content["items"] : undefined;
  const required = isObject(items) ? items["required"] : undefined;
  return Array.isArray(required) && required.includes("type");
}

/** The schema of what is structured, where there always is something. */
export function structuredSchemaOf(outputs: Readonly<Record<string, unknown>>) {
  const { required, $defs } = outputs;
  const structured = propertyOf(outputs, "structured");
  if (!Array.isArray(required) || !required.includes("structured") || !isObject(structured)) return undefined;
  return structured["type"] === "object"
    ? { ...structured, ...($defs === undefined ? {} : { $defs }) }
    : undefined;
}

/** What a native capability gave; a block that MCP does not know becomes a text. */
export type NativeOutput = {
  readonly content: readonly ContentBlock[];
  readonly structured: unknown;
  /** What it asks the client for before it goes on, by name; with what it wants to be told again then. */
  readonly asks: Readonly<Record<string, unknown>> | undefined;
  readonly state: unknown;
};

export function readNative(outputs: Readonly<Record<string, unknown>>): NativeOutput {
  const { content, structured, input_requests: asks, input_state: state } = outputs;
  return {
    content: (Array.isArray(content) ? content : []).map(blockOf),
    structured,
    asks: isObject(asks) && Object.keys(asks).length > 0 ? asks : undefined,
    state,
  };
}

function blockOf(block: unknown): ContentBlock {
  if (!isSpecType.ContentBlock(block)) return { type: "text", text: JSON.stringify(block) };
  return block.type === "text" ? { ...block, text: linesOf(block.text) } : block;
}

/** Whoever wrote it, no character of it is hidden. */
function linesOf(text: string): string {
  return text
    .split("\n")
    .map((line) => line.split("\t").map(visible).join("\t"))
    .join("\n");
}

function propertyOf(schema: unknown, name: string): unknown {
  const properties = isObject(schema) ? schema["properties"] : undefined;
  return isObject(properties) ? properties[name] : undefined;
}
