import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { readJsonArgument } from "../json-argument.ts";

type Input = { readonly json_string: unknown; readonly path: string; readonly default?: unknown };

/** The value at a dotted path. @throws CONTENT_INVALID; INPUT_INVALID where nothing lies and no default is given */
export const handler: Handler<Input> = async (_ctx, input) => {
  let value = readJsonArgument(input.json_string, "json_string");
  const names = input.path === "" ? [] : input.path.split(".");
  for (const [depth, name] of names.entries()) {
    if (hasMember(value, name)) {
      value = value[name];
      continue;
    }
    if ("default" in input) return { value: input.default, success: true };
    const parent = depth === 0 ? "the top level" : `"${names.slice(0, depth).join(".")}"`;
    throw new RuntimeError(
      "INPUT_INVALID",
      `path "${input.path}": ${parent} ${describe(value)} has no "${name}"`,
    );
  }
  return { value, success: true };
};

function hasMember(value: unknown, name: string): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, name) && (!Array.isArray(value) || /^\d+$/.test(name));
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `(a list of ${value.length})`;
  return value === null ? "(null)" : `(${typeof value})`;
}
