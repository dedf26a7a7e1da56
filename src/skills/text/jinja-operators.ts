import { isDeepStrictEqual } from "node:util";

import { RuntimeError } from "../../contract/errors.ts";
import { iterate, show, type Value } from "./jinja-scope.ts";
import type { Work } from "./work.ts";

/** The value of `left operator right`; `and` and `or` are not among them. @throws CONTENT_INVALID, LIMIT_EXCEEDED */
export function operate(operator: string, left: Value, right: Value, work: Work): Value {
  switch (operator) {
    case "==":
      return left === right || isDeepStrictEqual(left, right);
    case "!=":
      return left !== right && !isDeepStrictEqual(left, right);
    case "~":
      return spendText(show(left, work) + show(right, work), work);
    case "in":
      return contains(right, left, work);
    case "not in":
      return !contains(right, left, work);
    case "+":
      if (typeof left === "string" && typeof right === "string") return spendText(left + right, work);
      if (Array.isArray(left) && Array.isArray(right)) {
        work.spend(left.length + right.length);
        return [...left, ...right] as Value[];
      }
      return compute(operator, left, right);
    case "<":
      return compareValues(left, right) < 0;
    case "<=":
      return compareValues(left, right) <= 0;
    case ">":
      return compareValues(left, right) > 0;
    case ">=":
      return compareValues(left, right) >= 0;
    default:
      return compute(operator, left, right);
  }
}

/** Negative, zero or positive; only numbers and texts can be compared. @throws CONTENT_INVALID */
export function compareValues(left: Value, right: Value): number {
  const areTexts = typeof left === "string" && typeof right === "string";
  const areNumbers = isNumeric(left) && isNumeric(right);
  if (!areTexts && !areNumbers)
    throw new RuntimeError("CONTENT_INVALID", `template compares a ${typeof left} with a ${typeof right}`);
  return left < right ? -1 : left > right ? 1 : 0;
}

function compute(operator: string, left: Value, right: Value): number {
  if (!isNumeric(left) || !isNumeric(right))
    throw new RuntimeError("CONTENT_INVALID", `template computes ${typeof left} ${operator} ${typeof right}`);
  const [a, b] = [Number(left), Number(right)];
  if (b === 0 && (operator === "/" || operator === "//" || operator === "%"))
    throw new RuntimeError("CONTENT_INVALID", "template divides by zero");
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "//":
      return Math.floor(a / b);
    case "%":
      return a - b * Math.floor(a / b);
    case "**":
      return a ** b;
    default:
      throw new RuntimeError("CONTENT_INVALID", `template has the unknown operator ${operator}`);
  }
}

function isNumeric(value: Value): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}

function contains(container: Value, value: Value, work: Work): boolean {
  if (typeof container === "string") return container.includes(show(value, work));
  const items = iterate(container, work);
  work.spend(items.length);
  return items.includes(value);
}

function spendText(text: string, work: Work): string {
  work.spend(text.length);
  return text;
}
