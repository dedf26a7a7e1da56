import { RuntimeError } from "../../contract/errors.ts";
import type { Cell } from "./formula.ts";

type Operate = (left: Cell, right: Cell) => Cell;

/** The operators between two operands. A missing operand makes the result missing. */
export const BINARY: Readonly<Record<string, Operate>> = {
  "+": arithmetic("+", (left, right) => left + right),
  "-": arithmetic("-", (left, right) => left - right),
  "*": arithmetic("*", (left, right) => left * right),
  "/": arithmetic("/", (left, right) => left / right),
  "%": arithmetic("%", (left, right) => left % right),
  "**": arithmetic("**", (left, right) => left ** right),
  "==": (left, right) => left === right,
  "===": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "!==": (left, right) => left !== right,
  "<": comparison((order) => order < 0),
  "<=": comparison((order) => order <= 0),
  ">": comparison((order) => order > 0),
  ">=": comparison((order) => order >= 0),
  "&&": (left, right) => Boolean(left) && Boolean(right),
  "||": (left, right) => Boolean(left) || Boolean(right),
};

type Call = {
  readonly least: number;
  readonly most: number;
  readonly compute: (values: readonly Cell[]) => Cell;
};

/** The functions of a formula, with the number of arguments each takes. `min` and `max` leave out what is missing. */
export const FUNCTIONS: Readonly<Record<string, Call>> = {
  abs: ofOne(Math.abs),
  ceil: ofOne(Math.ceil),
  exp: ofOne(Math.exp),
  floor: ofOne(Math.floor),
  if: { least: 3, most: 3, compute: ([test, yes, no]) => (test ? (yes ?? null) : (no ?? null)) },
  log: { least: 1, most: 2, compute: (values) => numeric("log", values, logarithm) },
  max: { least: 1, most: 100, compute: (values) => extreme("max", values, Math.max) },
  min: { least: 1, most: 100, compute: (values) => extreme("min", values, Math.min) },
  round: { least: 1, most: 2, compute: (values) => numeric("round", values, roundTo) },
  sqrt: ofOne(Math.sqrt),
};

function arithmetic(operator: string, compute: (left: number, right: number) => number): Operate {
  return (left, right) => numeric(operator, [left, right], ([a = 0, b = 0]) => compute(a, b));
}

function ofOne(compute: (value: number) => number): Call {
  return {
    least: 1,
    most: 1,
    compute: (values) => numeric(compute.name, values, ([value = 0]) => compute(value)),
  };
}

function comparison(accept: (order: number) => boolean): Operate {
  return (left, right) => {
    if (left === null || right === null) return null;
    if (typeof left !== typeof right)
      throw new RuntimeError("CONTENT_INVALID", "a formula compares a number with a text");
    return accept(left < right ? -1 : left > right ? 1 : 0);
  };
}

function numeric(
  what: string,
  values: readonly Cell[],
  compute: (numbers: number[]) => number,
): number | null {
  const numbers: number[] = [];
  for (const value of values) {
    if (value === null) return null;
    if (typeof value === "string")
      throw new RuntimeError("CONTENT_INVALID", `${what} is given a text instead of a number`);
    numbers.push(Number(value));
  }
  return compute(numbers);
}

function extreme(
  what: string,
  values: readonly Cell[],
  compute: (...numbers: number[]) => number,
): number | null {
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : numeric(what, present, (numbers) => compute(...numbers));
}

function logarithm([value = 0, base]: number[]): number {
  return base === undefined ? Math.log(value) : Math.log(value) / Math.log(base);
}

/** Half away from zero, as people round. */
function roundTo([value = 0, digits = 0]: number[]): number {
  const [mantissa = "0", exponent = "0"] = String(Math.abs(value)).split("e");
  const shifted = Math.round(Number(`${mantissa}e${Number(exponent) + digits}`));
  const [back = "0", backExponent = "0"] = String(shifted).split("e");
  return Math.sign(value) * Number(`${back}e${Number(backExponent) - digits}`);
}
