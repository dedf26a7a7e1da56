import { RuntimeError } from "../../contract/errors.ts";
import { isObject } from "../../contract/json.ts";
import { callFilter } from "./jinja-filters.ts";
import { show, type Value } from "./jinja-scope.ts";
import type { Work } from "./work.ts";

type Method<Target> = (target: Target, positional: readonly Value[], work: Work) => Value;

const OF_TEXT: Readonly<Record<string, Method<string>>> = {
  startswith: (text, [start], work) => text.startsWith(show(start, work)),
  endswith: (text, [end], work) => text.endsWith(show(end, work)),
  strip: (text) => text.trim(),
  lstrip: (text) => text.trimStart(),
  rstrip: (text) => text.trimEnd(),
  split: (text, [separator], work) => {
    work.spend(text.length);
    return separator === undefined
      ? text.split(/\s+/).filter((word) => word !== "")
      : text.split(show(separator, work));
  },
  join: (text, [items], work) => asFilter("join", items, [text], work),
  upper: (text, _, work) => asFilter("upper", text, [], work),
  lower: (text, _, work) => asFilter("lower", text, [], work),
  title: (text, _, work) => asFilter("title", text, [], work),
  capitalize: (text, _, work) => asFilter("capitalize", text, [], work),
  replace: (text, positional, work) => asFilter("replace", text, positional, work),
};

const OF_OBJECT: Readonly<Record<string, Method<{ readonly [name: string]: Value }>>> = {
  get: (object, [key, otherwise = null]) =>
    Object.hasOwn(object, String(key)) ? object[String(key)] : otherwise,
  items: (object) => Object.entries(object),
  keys: (object) => Object.keys(object),
  values: (object) => Object.values(object),
};

/** The result of `target.name(…)`. @throws CONTENT_INVALID for every other method; LIMIT_EXCEEDED */
export function callMethod(target: Value, name: string, positional: readonly Value[], work: Work): Value {
  work.spend(10);
  if (typeof target === "string" && Object.hasOwn(OF_TEXT, name))
    return OF_TEXT[name]?.(target, positional, work);
  if (isObject(target) && Object.hasOwn(OF_OBJECT, name)) {
    work.spend(Object.keys(target).length);
    return OF_OBJECT[name]?.(target, positional, work);
  }
  throw new RuntimeError(
    "CONTENT_INVALID",
    `template calls "${name}", which a ${typeof target} does not have`,
  );
}

function asFilter(name: string, value: Value, positional: readonly Value[], work: Work): Value {
  return callFilter(name, value, { positional, named: new Map(), work });
}
