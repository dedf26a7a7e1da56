import { RuntimeError } from "../../contract/errors.ts";
import { MAX_RESULT_BYTES } from "../result-size.ts";
import { parseMustache, type MustacheNode } from "./mustache-parse.ts";
import { lookUp, showValue } from "./template-value.ts";

const MAX_STEPS = 1_000_000;

type Rendering = { text: string; steps: number; readonly escape: (text: string) => string };

/**
 * Renders Mustache: variables, sections, inverted sections, comments, other delimiters; no partials and no lambdas. A
 * list or an object is shown as JSON.
 *
 * @throws CONTENT_INVALID for a faulty template; LIMIT_EXCEEDED
 */
export function renderMustache(
  template: string,
  variables: { readonly [name: string]: unknown },
  escape: (text: string) => string,
): string {
  const rendering = { text: "", steps: 0, escape };
  renderNodes(parseMustache(template), [variables], rendering);
  return rendering.text;
}

function renderNodes(nodes: readonly MustacheNode[], stack: readonly unknown[], rendering: Rendering): void {
  for (const node of nodes) {
    if (++rendering.steps > MAX_STEPS)
      throw new RuntimeError("LIMIT_EXCEEDED", `template takes more than ${MAX_STEPS} steps`);
    if (node.kind === "text") append(rendering, node.text);
    else if (node.kind === "value") append(rendering, showNode(node, stack, rendering.escape));
    else renderSection(node, stack, rendering);
  }
}

function renderSection(
  node: Extract<MustacheNode, { kind: "section" }>,
  stack: readonly unknown[],
  rendering: Rendering,
): void {
  const value = find(stack, node.name);
  const isEmpty = Array.isArray(value) ? value.length === 0 : !value;
  if (node.inverted) {
    if (isEmpty) renderNodes(node.children, stack, rendering);
    return;
  }
  if (isEmpty) return;
  for (const item of Array.isArray(value) ? value : [value]) {
    // Counted here as well, because a section may be empty.
    rendering.steps++;
    renderNodes(node.children, [...stack, item], rendering);
  }
}

function showNode(
  node: Extract<MustacheNode, { kind: "value" }>,
  stack: readonly unknown[],
  escape: Rendering["escape"],
): string {
  const text = showValue(find(stack, node.name));
  return node.raw ? text : escape(text);
}

function append(rendering: Rendering, text: string): void {
  rendering.text += text;
  if (rendering.text.length > MAX_RESULT_BYTES)
    throw new RuntimeError("LIMIT_EXCEEDED", `rendered would be larger than ${MAX_RESULT_BYTES} bytes`);
}

/** The innermost level that has the first name decides; the rest of the path is looked up there. */
function find(stack: readonly unknown[], name: string): unknown {
  if (name === ".") return stack.at(-1);
  const first = name.split(".", 1)[0] ?? name;
  const level = stack.findLast((data) => lookUp(data, first) !== undefined);
  return lookUp(level, name);
}
