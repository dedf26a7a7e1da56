import type { ASTNode, Environment, ParseResult } from "@marcbachmann/cel-js";

import { fromSystem, RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import { checkPattern } from "../contract/pattern-cost.ts";
import { runWithTimeLimit } from "../contract/time-limit.ts";

const MAX_CHARACTERS = 4000;
const MAX_CACHED = 1000;
const TIME_LIMIT_MS = 1000;

/** Functions whose cost depends on the data: a loop over a list, a regular expression. */
const COSTLY = new Set(["all", "exists", "exists_one", "map", "filter", "matches"]);
const BINDING = new Set(["all", "exists", "exists_one", "map", "filter", "bind"]);
/** Names that mean something of their own in CEL; a variable of that name is reached through its step. */
const TYPE_NAMES = new Set([
  "bool",
  "bytes",
  "double",
  "duration",
  "int",
  "list",
  "map",
  "null_type",
  "string",
  "timestamp",
  "type",
  "uint",
]);

export type Expression = {
  /** The paths that it reads, such as `fetch.status`, in the order of their first use. */
  readonly paths: readonly string[];
  readonly evaluate: (variables: Readonly<Record<string, unknown>>) => unknown;
};

const cache = new Map<string, Expression>();
let environment: Promise<Environment> | undefined;

/**
 * Whether a condition holds. Numbers of JSON are doubles: `3 == 3.0`, and `count / 2` of 3 is 1.5; integer division is
 * `int(count) / 2`. Lists compare by their elements; compare a mapping field by field.
 *
 * @throws EXPRESSION_INVALID also where the result is not true or false; LIMIT_EXCEEDED where it takes too long
 */
export async function evaluateCondition(
  expression: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const parsed = await parseExpression(expression);
  let result: unknown;
  try {
    result = parsed.evaluate(variables);
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    throw invalid(expression, summaryOf(error), error);
  }
  if (typeof result !== "boolean")
    throw invalid(
      expression,
      `it gives ${typeof result === "bigint" ? "a number" : `a ${typeof result}`}, not true or false`,
    );
  return result;
}

/** An expression in CEL (Common Expression Language), ready to be evaluated. @throws EXPRESSION_INVALID */
export async function parseExpression(expression: string): Promise<Expression> {
  const known = cache.get(expression);
  if (known !== undefined) return known;
  if (expression.length > MAX_CHARACTERS)
    throw invalid(`${expression.slice(0, 60)}…`, `it has more than ${MAX_CHARACTERS} characters`);
  environment ??= createEnvironment();
  const parsed = parseWith(await environment, expression);
  if (cache.size === MAX_CACHED) cache.clear();
  cache.set(expression, parsed);
  return parsed;
}

function parseWith(cel: Environment, expression: string): Expression {
  let program: ParseResult;
  const uses = { paths: new Set<string>(), types: new Set<string>(), isCostly: false };
  try {
    program = cel.parse(expression);
    collect(program.ast, new Set(), uses);
    const checked = program.check();
    if (!checked.valid) throw checked.error;
    if (checked.type !== "bool" && checked.type !== "dyn")
      throw new Error(`it gives ${checked.type}, not true or false`);
  } catch (error) {
    const [type] = uses.types;
    throw invalid(
      expression,
      summaryOf(error) + (type === undefined ? "" : ` ("${type}" is the name of a type, not of a variable)`),
      error,
    );
  }
  const evaluate = (variables: Readonly<Record<string, unknown>>): unknown =>
    uses.isCostly
      ? runWithTimeLimit(TIME_LIMIT_MS, `The expression "${expression}"`, () => program(variables))
      : program(variables);
  return { paths: [...uses.paths], evaluate };
}

type Uses = {
  readonly paths: Set<string>;
  readonly types: Set<string>;
  isCostly: boolean;
};

function collect(node: ASTNode, bound: ReadonlySet<string>, uses: Uses): void {
  const path = pathOf(node);
  if (path !== undefined) {
    const [head = ""] = path.split(".");
    if (bound.has(head)) return;
    if (TYPE_NAMES.has(head)) uses.types.add(head);
    else uses.paths.add(path);
    return;
  }
  if (node.op === "call" || node.op === "rcall") {
    const [name, ...rest] = node.args;
    const [receiver, inner] = node.op === "rcall" ? [node.args[1], node.args[2]] : [undefined, rest.flat()];
    if (COSTLY.has(name)) uses.isCostly = true;
    // The library's own cannot be replaced, and hands every pattern to a compiler that nothing can interrupt.
    if (node.op === "rcall" && name === "matches") node.args[0] = "matchesBounded";
    const isNamespace = receiver?.op === "id" && (receiver.args === "cel" || receiver.args === "optional");
    if (receiver !== undefined && !isNamespace) collect(receiver, bound, uses);
    const [first, ...others] = inner;
    const binds = receiver !== undefined && BINDING.has(name) && first?.op === "id";
    const scope = binds ? new Set([...bound, first.args]) : bound;
    for (const argument of binds ? others : inner) collect(argument, scope, uses);
    return;
  }
  for (const child of childrenOf(node.args)) collect(child, bound, uses);
}

function pathOf(node: ASTNode): string | undefined {
  if (node.op === "id") return node.args;
  if (node.op !== "." && node.op !== ".?") return undefined;
  const base = pathOf(node.args[0]);
  return base === undefined ? undefined : `${base}.${node.args[1]}`;
}

function childrenOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return typeof args === "object" && args !== null && "op" in args ? [args as ASTNode] : [];
}

async function createEnvironment(): Promise<Environment> {
  const { Environment: Cel } = await import("@marcbachmann/cel-js");
  const cel = new Cel({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: { maxAstNodes: 1000, maxDepth: 50 },
  });
  const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": (a, b) => a / nonZero(b),
    "%": (a, b) => a % nonZero(b),
  };
  // CEL has no mixed arithmetic; without it `count + 1` would fail, because a number of JSON is a double.
  for (const [operator, compute] of Object.entries(arithmetic)) {
    cel.registerOperator(`double ${operator} int: double`, (a: number, b: bigint) => compute(a, Number(b)));
    cel.registerOperator(`int ${operator} double: double`, (a: bigint, b: number) => compute(Number(a), b));
  }
  cel.registerFunction("string.matchesBounded(string): bool", matchBounded);
  cel.registerOperator("double % double: double", (a: number, b: number) => a % nonZero(b));
  return cel;
}

function matchBounded(text: string, pattern: string): boolean {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch (cause) {
    throw new Error(`Invalid regular expression: ${pattern}`, { cause });
  }
  checkPattern(pattern, "The pattern of matches()");
  return expression.test(text);
}

function nonZero(divisor: number): number {
  if (divisor === 0) throw new Error("division by zero");
  return divisor;
}

function summaryOf(error: unknown): string {
  return isObject(error) && typeof error["summary"] === "string"
    ? error["summary"]
    : fromSystem(error).message;
}

function invalid(expression: string, reason: string, cause?: unknown): RuntimeError {
  return new RuntimeError("EXPRESSION_INVALID", `The expression "${expression}" is not valid: ${reason}.`, {
    cause,
  });
}
