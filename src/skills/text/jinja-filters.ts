import { isDeepStrictEqual } from "node:util";

import { RuntimeError } from "../../contract/errors.ts";
import { isObject } from "../../contract/json.ts";
import { escapeHtml } from "./html-escape.ts";
import { compareValues, operate } from "./jinja-operators.ts";
import { isTrue, iterate, show, writeJson, type Value } from "./jinja-scope.ts";
import { lookUp } from "./template-value.ts";
import type { Work } from "./work.ts";

export type Arguments = {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  readonly work: Work;
};

type Filter = (value: Value, given: Arguments) => Value;

const MAX_INDENT = 100;

const FILTERS: Readonly<Record<string, Filter>> = {
  abs: (value) => Math.abs(Number(value)),
  capitalize: onText((text) => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()),
  count: lengthOf,
  d: byDefault,
  default: byDefault,
  dictsort: (value, { work }) => sortBy(isObject(value) ? Object.entries(value) : [], ([key]) => key, work),
  e: onText(escapeHtml),
  escape: onText(escapeHtml),
  first: onList((items) => items[0]),
  float: (value) => toNumber(value, Number),
  indent: onText(indent),
  int: (value) => toNumber(value, (given) => Math.trunc(Number(given))),
  items: (value) => (isObject(value) ? Object.entries(value) : []),
  join: onList(join),
  last: onList((items) => items.at(-1)),
  length: lengthOf,
  list: onList((items) => [...items]),
  lower: onText((text) => text.toLowerCase()),
  map: onList((items, given) => items.map(mapper(given))),
  max: onList((items) =>
    items.reduce((most, item) => (compareValues(item, most) > 0 ? item : most), items[0]),
  ),
  min: onList((items) =>
    items.reduce((least, item) => (compareValues(item, least) < 0 ? item : least), items[0]),
  ),
  reject: onList((items, { positional: [test = "truthy", ...rest] }) =>
    items.filter((item) => !passesTest(String(test), item, rest)),
  ),
  rejectattr: onList((items, given) => items.filter((item) => !attributePasses(item, given))),
  replace: onText(replace),
  reverse: (value, { work }) =>
    typeof value === "string"
      ? iterate(value, work).toReversed().join("")
      : iterate(value, work).toReversed(),
  round: (value, { positional: [digits = 0] }) =>
    Number(Number(value).toFixed(Math.min(Math.max(Number(digits), 0), 20))),
  select: onList((items, { positional: [test = "truthy", ...rest] }) =>
    items.filter((item) => passesTest(String(test), item, rest)),
  ),
  selectattr: onList((items, given) => items.filter((item) => attributePasses(item, given))),
  sort: onList((items, given) => {
    const sorted = sortBy(items, attributeOf(given), given.work);
    return isTrue(option(given, 0, "reverse")) ? sorted.toReversed() : sorted;
  }),
  string: onText((text) => text),
  sum: onList((items, given) =>
    items.map(attributeOf(given)).reduce((sum, item) => operate("+", sum, item, given.work), 0),
  ),
  title: onText((text) =>
    text.toLowerCase().replace(/(?<![\p{L}\p{N}])\p{L}/gu, (letter) => letter.toUpperCase()),
  ),
  tojson: (value, given) => writeJson(value, given.work, " ".repeat(spaces(option(given, 0, "indent") ?? 0))),
  trim: onText((text) => text.trim()),
  unique: onList((items) => [...new Set(items)]),
  upper: onText((text) => text.toUpperCase()),
};

const TESTS: Readonly<Record<string, (value: Value, rest: readonly Value[]) => boolean>> = {
  boolean: (value) => typeof value === "boolean",
  defined: (value) => value !== undefined,
  divisibleby: (value, [divisor]) => Number(value) % Number(divisor) === 0,
  eq: (value, [other]) => isDeepStrictEqual(value, other),
  equalto: (value, [other]) => isDeepStrictEqual(value, other),
  even: (value) => Number(value) % 2 === 0,
  false: (value) => value === false,
  ge: (value, [other]) => compareValues(value, other) >= 0,
  gt: (value, [other]) => compareValues(value, other) > 0,
  in: (value, [container]) =>
    (Array.isArray(container) || typeof container === "string") && container.includes(value as string),
  integer: (value) => Number.isInteger(value),
  iterable: (value) => typeof value === "string" || (typeof value === "object" && value !== null),
  le: (value, [other]) => compareValues(value, other) <= 0,
  lt: (value, [other]) => compareValues(value, other) < 0,
  mapping: (value) => isObject(value),
  ne: (value, [other]) => !isDeepStrictEqual(value, other),
  none: (value) => value === null,
  number: (value) => typeof value === "number",
  odd: (value) => Math.abs(Number(value) % 2) === 1,
  sequence: (value) => typeof value === "string" || Array.isArray(value),
  string: (value) => typeof value === "string",
  true: (value) => value === true,
  truthy: (value) => isTrue(value),
  undefined: (value) => value === undefined,
};

/** The value after a filter. @throws CONTENT_INVALID for an unknown filter or a value that it cannot take; LIMIT_EXCEEDED */
export function callFilter(name: string, value: Value, given: Arguments): Value {
  const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (filter === undefined)
    throw new RuntimeError("CONTENT_INVALID", `template uses the unknown filter "${name}"`);
  given.work.spend(10);
  return filter(value, given);
}

/** Whether `value is name`. @throws CONTENT_INVALID for an unknown test */
export function passesTest(name: string, value: Value, rest: readonly Value[]): boolean {
  const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  if (test === undefined)
    throw new RuntimeError("CONTENT_INVALID", `template uses the unknown test "${name}"`);
  return test(value, rest);
}

function onText(filter: (text: string, given: Arguments) => string): Filter {
  return (value, given) => {
    const text = show(value, given.work);
    given.work.spend(text.length);
    return filter(text, given);
  };
}

function onList(filter: (items: readonly Value[], given: Arguments) => Value): Filter {
  return (value, given) => {
    const items = iterate(value, given.work);
    given.work.spend(items.length);
    return filter(items, given);
  };
}

function byDefault(value: Value, { positional: [otherwise = "", onlyFalse] }: Arguments): Value {
  return value === undefined || (isTrue(onlyFalse) && !isTrue(value)) ? otherwise : value;
}

function lengthOf(value: Value, { work }: Arguments): number {
  return typeof value === "string" ? value.length : iterate(value, work).length;
}

function toNumber(value: Value, convert: (value: Value) => number): number {
  const number = convert(value);
  return Number.isFinite(number) ? number : 0;
}

function join(items: readonly Value[], given: Arguments): string {
  const separator = show(option(given, 0, "d") ?? "", given.work);
  const texts = items.map(attributeOf(given)).map((item) => show(item, given.work));
  given.work.spend(texts.reduce((size, text) => size + text.length + separator.length, 0));
  return texts.join(separator);
}

function replace(text: string, { positional: [from, to], work }: Arguments): string {
  const [before, after] = [show(from, work), show(to, work)];
  if (before === "") throw new RuntimeError("CONTENT_INVALID", "template replaces the empty text");
  const parts = text.split(before);
  work.spend(text.length + parts.length * after.length);
  return parts.join(after);
}

function indent(text: string, given: Arguments): string {
  const width = " ".repeat(spaces(option(given, 0, "width") ?? 4));
  const lines = text.split("\n");
  given.work.spend(lines.length * width.length);
  const first = isTrue(option(given, 1, "first")) ? width : "";
  return first + lines.map((line, index) => (index === 0 || line === "" ? line : width + line)).join("\n");
}

function spaces(given: Value): number {
  const width = Number(given);
  if (!(width >= 0 && width <= MAX_INDENT))
    throw new RuntimeError("CONTENT_INVALID", `template indents by more than ${MAX_INDENT}`);
  return width;
}

function mapper(given: Arguments): (item: Value) => Value {
  if (given.named.has("attribute")) return attributeOf(given);
  const [name, ...positional] = given.positional;
  return (item) => callFilter(String(name), item, { positional, named: new Map(), work: given.work });
}

function attributeOf({ named, work }: Arguments): (item: Value) => Value {
  if (!named.has("attribute")) return (item) => item;
  const path = show(named.get("attribute"), work);
  return (item) => lookUp(item, path);
}

function attributePasses(item: Value, { positional: [path, test = "truthy", ...rest] }: Arguments): boolean {
  return passesTest(String(test), lookUp(item, String(path)), rest);
}

function sortBy<Item>(items: readonly Item[], keyOf: (item: Item) => Value, work: Work): Item[] {
  work.spend(items.length * 10);
  return items.toSorted((left, right) => compareValues(keyOf(left), keyOf(right)));
}

function option({ positional, named }: Arguments, index: number, name: string): Value {
  return index < positional.length ? positional[index] : named.get(name);
}
