import { RuntimeError } from "../../contract/errors.ts";
import { bindArguments, evaluate, evaluateFilter } from "./jinja-expressions.ts";
import type { JinjaNode, StatementNode } from "./jinja-node.ts";
import {
  createScope,
  isTrue,
  iterate,
  show,
  type Callable,
  type Rendering,
  type Scope,
  type Value,
} from "./jinja-scope.ts";

/** How a statement ended: as usual, or by leaving the innermost loop's round or the loop. */
type Ending = "next" | "break" | "continue";

/** Runs statements and appends what they show. @throws CONTENT_INVALID, INPUT_INVALID, LIMIT_EXCEEDED */
export function runStatements(nodes: readonly JinjaNode[], scope: Scope, rendering: Rendering): Ending {
  for (const node of nodes) {
    const ending = runStatement(node, scope, rendering);
    if (ending !== "next") return ending;
  }
  return "next";
}

function runStatement(node: JinjaNode, scope: Scope, rendering: Rendering): Ending {
  rendering.work.spend(1);
  switch (node.type) {
    case "Comment":
      return "next";
    case "If":
      return runStatements(
        isTrue(evaluate(node.test, scope, rendering)) ? node.body : node.alternate,
        scope,
        rendering,
      );
    case "For":
      return runLoop(node, scope, rendering);
    case "Break":
      return "break";
    case "Continue":
      return "continue";
    case "Set":
      assign(node.assignee, valueOfSet(node, scope, rendering), scope, rendering);
      return "next";
    case "Macro":
      scope.values.set(node.name.value, defineMacro(node, scope, rendering));
      return "next";
    case "FilterStatement":
      showValue(
        evaluateFilter(node.filter, capture(node.body, scope, rendering), scope, rendering),
        rendering,
      );
      return "next";
    case "CallStatement":
      throw new RuntimeError("CONTENT_INVALID", "template uses {% call %}, which is not supported");
    case "StringLiteral":
      append(rendering, node.value);
      return "next";
    default:
      showValue(evaluate(node, scope, rendering), rendering);
      return "next";
  }
}

function runLoop(node: Extract<StatementNode, { type: "For" }>, scope: Scope, rendering: Rendering): Ending {
  const { iterable } = node;
  const items =
    iterable.type === "SelectExpression"
      ? selectItems(node.loopvar, iterable, scope, rendering)
      : iterate(evaluate(iterable, scope, rendering), rendering.work);
  if (items.length === 0) return runStatements(node.defaultBlock, scope, rendering);
  for (const [index, item] of items.entries()) {
    rendering.work.spend(10);
    const inner = createScope(scope, [["loop", loopState(items, index)]]);
    assign(node.loopvar, item, inner, rendering);
    if (runStatements(node.body, inner, rendering) === "break") break;
  }
  return "next";
}

function selectItems(
  target: JinjaNode,
  { lhs, test }: Extract<JinjaNode, { type: "SelectExpression" }>,
  scope: Scope,
  rendering: Rendering,
): readonly Value[] {
  return iterate(evaluate(lhs, scope, rendering), rendering.work).filter((item) => {
    const inner = createScope(scope);
    assign(target, item, inner, rendering);
    return isTrue(evaluate(test, inner, rendering));
  });
}

function loopState(items: readonly Value[], index: number): Value {
  return {
    index: index + 1,
    index0: index,
    revindex: items.length - index,
    revindex0: items.length - index - 1,
    first: index === 0,
    last: index === items.length - 1,
    length: items.length,
    previtem: items[index - 1],
    nextitem: items[index + 1],
  };
}

function valueOfSet(
  node: Extract<StatementNode, { type: "Set" }>,
  scope: Scope,
  rendering: Rendering,
): Value {
  return node.value === null ? capture(node.body, scope, rendering) : evaluate(node.value, scope, rendering);
}

function assign(target: JinjaNode, value: Value, scope: Scope, rendering: Rendering): void {
  if (target.type === "Identifier") {
    scope.values.set(target.value, value);
    return;
  }
  if (target.type === "TupleLiteral") {
    const parts = iterate(value, rendering.work);
    if (parts.length !== target.value.length)
      throw new RuntimeError(
        "CONTENT_INVALID",
        `template unpacks ${parts.length} values into ${target.value.length} names`,
      );
    for (const [index, part] of target.value.entries()) assign(part, parts[index], scope, rendering);
    return;
  }
  if (target.type === "MemberExpression" && target.property.type === "Identifier") {
    const holder = evaluate(target.object, scope, rendering);
    if (holder instanceof Map) {
      holder.set(target.property.value, value);
      return;
    }
  }
  throw new RuntimeError(
    "CONTENT_INVALID",
    "template sets something that is neither a name nor a member of a namespace",
  );
}

function defineMacro(
  node: Extract<StatementNode, { type: "Macro" }>,
  scope: Scope,
  rendering: Rendering,
): Callable {
  return (positional, named) =>
    capture(
      node.body,
      createScope(scope, bindArguments(node, positional, named, scope, rendering)),
      rendering,
    );
}

/** The text that a body makes: not escaped, because that happens where it is shown. */
function capture(body: readonly JinjaNode[], scope: Scope, rendering: Rendering): string {
  const parts: string[] = [];
  runStatements(body, createScope(scope), { ...rendering, parts, escape: (text) => text });
  return parts.join("");
}

function showValue(value: Value, rendering: Rendering): void {
  append(rendering, rendering.escape(show(value, rendering.work)));
}

function append(rendering: Rendering, text: string): void {
  rendering.work.spend(text.length);
  rendering.parts.push(text);
}
