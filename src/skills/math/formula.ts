import jsep from "jsep";

import { RuntimeError } from "../../contract/errors.ts";
import { BINARY, FUNCTIONS } from "./operators.ts";

export type Cell = number | string | boolean | null;

export type Formula = {
  /** Every name in it that is not a function: columns and metrics. */
  readonly names: ReadonlySet<string>;
  /** Number of its operators, calls, names and literals: the work of one evaluation. */
  readonly size: number;
  readonly evaluate: (valueOf: (name: string) => Cell) => Cell;
};

type Evaluate = Formula["evaluate"];

type Compilation = { readonly names: Set<string>; readonly quoted: readonly string[]; size: number };

const MAX_LENGTH = 2000;

/**
 * A formula over columns: arithmetic, comparisons, `&&`, `||`, `!`, `a ? b : c`, and the functions of `FUNCTIONS`. A
 * name with other characters is written in backticks. A missing operand makes the result missing.
 *
 * @throws EXPRESSION_INVALID
 */
export function compileFormula(text: string): Formula {
  if (text.length > MAX_LENGTH) throw invalid(text, `is longer than ${MAX_LENGTH} characters`);
  const quoted: string[] = [];
  const plain = text.replace(/`([^`]+)`/g, (_, name: string) => ` ${QUOTED}${quoted.push(name) - 1} `);
  let tree: jsep.Expression;
  try {
    tree = jsep(plain);
  } catch (cause) {
    throw new RuntimeError(
      "EXPRESSION_INVALID",
      `formula "${text}" cannot be read: ${(cause as Error).message}`,
      { cause },
    );
  }
  const compilation = { names: new Set<string>(), quoted, size: 0 };
  const evaluate = compile(tree, compilation, text);
  return { names: compilation.names, size: compilation.size, evaluate };
}

const QUOTED = "__quoted_";

function compile(expression: jsep.Expression, compilation: Compilation, text: string): Evaluate {
  compilation.size++;
  const node = expression as jsep.CoreExpression;
  const inner = (child: jsep.Expression) => compile(child, compilation, text);
  switch (node.type) {
    case "Literal":
      return compileLiteral(node, text);
    case "Identifier": {
      const name = node.name.startsWith(QUOTED)
        ? (compilation.quoted[Number(node.name.slice(QUOTED.length))] ?? node.name)
        : node.name;
      compilation.names.add(name);
      return (valueOf) => valueOf(name);
    }
    case "UnaryExpression":
      return compileUnary(node.operator, inner(node.argument), text);
    case "BinaryExpression": {
      const operate = Object.hasOwn(BINARY, node.operator) ? BINARY[node.operator] : undefined;
      if (operate === undefined) throw invalid(text, `has the unknown operator ${node.operator}`);
      const [left, right] = [inner(node.left), inner(node.right)];
      return (valueOf) => operate(left(valueOf), right(valueOf));
    }
    case "ConditionalExpression": {
      const [test, yes, no] = [inner(node.test), inner(node.consequent), inner(node.alternate)];
      return (valueOf) => (test(valueOf) ? yes(valueOf) : no(valueOf));
    }
    case "CallExpression":
      return compileCall(node, inner, text);
    default:
      throw invalid(text, `holds ${node.type}, which no formula may`);
  }
}

function compileLiteral({ value, raw }: jsep.Literal, text: string): Evaluate {
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean" || value === null)
    return () => value;
  throw invalid(text, `holds the literal ${raw}`);
}

function compileUnary(operator: string, argument: Evaluate, text: string): Evaluate {
  switch (operator) {
    case "!":
      return (valueOf) => !argument(valueOf);
    case "-":
      return (valueOf) => BINARY["-"]?.(0, argument(valueOf)) ?? null;
    case "+":
      return argument;
    default:
      throw invalid(text, `has the unknown operator ${operator}`);
  }
}

function compileCall(
  node: jsep.CallExpression,
  inner: (child: jsep.Expression) => Evaluate,
  text: string,
): Evaluate {
  const callee = node.callee as jsep.CoreExpression;
  const name = callee.type === "Identifier" ? callee.name : "";
  const call = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (call === undefined)
    throw invalid(text, `calls "${name}", but there are only ${Object.keys(FUNCTIONS).join(", ")}`);
  if (node.arguments.length < call.least || node.arguments.length > call.most)
    throw invalid(text, `gives ${name} ${node.arguments.length} arguments`);
  const parameters = node.arguments.map((argument) => inner(argument));
  return (valueOf) => call.compute(parameters.map((parameter) => parameter(valueOf)));
}

function invalid(text: string, what: string): RuntimeError {
  return new RuntimeError("EXPRESSION_INVALID", `formula "${text.slice(0, 200)}" ${what}`);
}
