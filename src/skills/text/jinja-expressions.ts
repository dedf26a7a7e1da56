import { RuntimeError } from "../../contract/errors.ts";
import { callFilter, passesTest } from "./jinja-filters.ts";
import { callMethod } from "./jinja-methods.ts";
import type { CallNode, Identifier, JinjaNode, StatementNode } from "./jinja-node.ts";
import { operate } from "./jinja-operators.ts";
import {
  findValue,
  isTrue,
  show,
  type Callable,
  type Rendering,
  type Scope,
  type Value,
} from "./jinja-scope.ts";
import { sliceValue } from "./jinja-slice.ts";

const CONSTANTS: Readonly<Record<string, Value>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
};
const MAX_RANGE = 100_000;

/** The value of an expression. @throws CONTENT_INVALID, INPUT_INVALID, LIMIT_EXCEEDED */
export function evaluate(node: JinjaNode, scope: Scope, rendering: Rendering): Value {
  const { work } = rendering;
  const inner = (child: JinjaNode) => evaluate(child, scope, rendering);
  work.spend(1);
  switch (node.type) {
    case "IntegerLiteral":
    case "FloatLiteral":
    case "StringLiteral":
      return node.value;
    case "Identifier":
      return Object.hasOwn(CONSTANTS, node.value) ? CONSTANTS[node.value] : findValue(scope, node.value);
    case "ArrayLiteral":
    case "TupleLiteral":
      return node.value.map(inner);
    case "ObjectLiteral":
      return Object.fromEntries(
        [...node.value].map(([key, value]) => [show(inner(key), work), inner(value)]),
      );
    case "MemberExpression":
      return evaluateMember(node, scope, rendering);
    case "CallExpression":
      return evaluateCall(node, scope, rendering);
    case "FilterExpression":
      return evaluateFilter(node.filter, inner(node.operand), scope, rendering);
    case "TestExpression":
      return passesTest(node.test.value, inner(node.operand), []) !== node.negate;
    case "BinaryExpression":
      return evaluateBinary(node, scope, rendering);
    case "UnaryExpression":
      if (node.operator.value === "not") return !isTrue(inner(node.argument));
      return operate(node.operator.value, 0, inner(node.argument), work);
    case "Ternary":
      return isTrue(inner(node.condition)) ? inner(node.trueExpr) : inner(node.falseExpr);
    case "SelectExpression":
      return isTrue(inner(node.test)) ? inner(node.lhs) : undefined;
    default:
      throw new RuntimeError("CONTENT_INVALID", `template holds a ${node.type} where a value belongs`);
  }
}

function evaluateBinary(
  node: Extract<JinjaNode, { type: "BinaryExpression" }>,
  scope: Scope,
  rendering: Rendering,
): Value {
  const operator = node.operator.value;
  const left = evaluate(node.left, scope, rendering);
  if ((operator === "and" && !isTrue(left)) || (operator === "or" && isTrue(left))) return left;
  const right = evaluate(node.right, scope, rendering);
  return operator === "and" || operator === "or" ? right : operate(operator, left, right, rendering.work);
}

/** A filter applied to a value. @throws CONTENT_INVALID, LIMIT_EXCEEDED */
export function evaluateFilter(
  filter: Identifier | CallNode,
  value: Value,
  scope: Scope,
  rendering: Rendering,
): Value {
  if (filter.type === "Identifier")
    return callFilter(filter.value, value, { positional: [], named: new Map(), work: rendering.work });
  const name = filter.callee.type === "Identifier" ? filter.callee.value : "";
  return callFilter(name, value, {
    ...evaluateArguments(filter.args, scope, rendering),
    work: rendering.work,
  });
}

/** The names that a macro's body sees, with defaults for arguments that were not given. */
export function bindArguments(
  macro: Extract<StatementNode, { type: "Macro" }>,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
  scope: Scope,
  rendering: Rendering,
): [string, Value][] {
  return macro.args.map((parameter, index) => {
    const name = nameOf(parameter);
    if (index < positional.length) return [name, positional[index]];
    if (named.has(name)) return [name, named.get(name)];
    return [
      name,
      parameter.type === "KeywordArgumentExpression"
        ? evaluate(parameter.value, scope, rendering)
        : undefined,
    ];
  });
}

function nameOf(parameter: JinjaNode): string {
  if (parameter.type === "Identifier") return parameter.value;
  if (parameter.type === "KeywordArgumentExpression") return parameter.key.value;
  throw new RuntimeError("CONTENT_INVALID", `template has a macro with a ${parameter.type} as a parameter`);
}

function evaluateMember(
  node: Extract<JinjaNode, { type: "MemberExpression" }>,
  scope: Scope,
  rendering: Rendering,
): Value {
  const object = evaluate(node.object, scope, rendering);
  const { property } = node;
  if (object === undefined || object === null) {
    const name = node.object.type === "Identifier" ? `"${node.object.value}"` : "a value";
    throw new RuntimeError(
      "INPUT_INVALID",
      `template asks for a member of ${name}, which is not among the variables`,
    );
  }
  if (node.computed && property.type === "SliceExpression") {
    const bounds = [property.start, property.stop, property.step].map((bound) =>
      bound === undefined ? undefined : evaluate(bound, scope, rendering),
    );
    return sliceValue(object, bounds, rendering.work);
  }
  const key =
    !node.computed && property.type === "Identifier" ? property.value : evaluate(property, scope, rendering);
  return memberOf(object, key);
}

function memberOf(object: Value, key: Value): Value {
  if (object instanceof Map) return object.get(key);
  if (typeof key === "number" && (Array.isArray(object) || typeof object === "string"))
    return (object as readonly Value[]).at(key);
  if (typeof object !== "object" || object === null || Array.isArray(object)) return undefined;
  const name = String(key);
  return Object.hasOwn(object, name) ? (object as Record<string, Value>)[name] : undefined;
}

function evaluateCall(node: CallNode, scope: Scope, rendering: Rendering): Value {
  const { callee } = node;
  const { positional, named } = evaluateArguments(node.args, scope, rendering);
  if (callee.type === "MemberExpression" && callee.property.type === "Identifier" && !callee.computed)
    return callMethod(
      evaluate(callee.object, scope, rendering),
      callee.property.value,
      positional,
      rendering.work,
    );
  if (callee.type !== "Identifier")
    throw new RuntimeError("CONTENT_INVALID", "template calls something that is no function");
  const value = findValue(scope, callee.value);
  if (typeof value === "function") return (value as Callable)(positional, named);
  if (callee.value === "range") return range(positional, rendering);
  if (callee.value === "namespace") return new Map(named);
  if (callee.value === "dict") return Object.fromEntries(named);
  throw new RuntimeError("CONTENT_INVALID", `template calls "${callee.value}", which is no function`);
}

function evaluateArguments(nodes: readonly JinjaNode[], scope: Scope, rendering: Rendering) {
  const positional: Value[] = [];
  const named = new Map<string, Value>();
  for (const node of nodes) {
    if (node.type === "KeywordArgumentExpression")
      named.set(node.key.value, evaluate(node.value, scope, rendering));
    else positional.push(evaluate(node, scope, rendering));
  }
  return { positional, named };
}

function range(positional: readonly Value[], { work }: Rendering): number[] {
  const numbers = positional.map(Number);
  const [start = 0, stop = 0, step = 1] = numbers.length === 1 ? [0, ...numbers] : numbers;
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= MAX_RANGE))
    throw new RuntimeError("LIMIT_EXCEEDED", `template makes a range of more than ${MAX_RANGE} numbers`);
  work.spend(length);
  return Array.from({ length }, (_, index) => start + index * step);
}
