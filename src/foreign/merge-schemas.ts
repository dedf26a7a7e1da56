import type { Schema } from "./adopt-schema.ts";

type Part = { readonly name: string; readonly schema: Schema; readonly isRequired: boolean };

/** One object of several fields, each with a schema of its own; definitions of the same name stay apart. */
export function mergeSchemas(parts: readonly Part[]): Schema & { readonly type: "object" } {
  const definitions: Record<string, unknown> = {};
  const properties: Record<string, Schema> = {};
  for (const [index, { name, schema }] of parts.entries()) {
    const { $defs, ...own } = schema as { readonly $defs?: Readonly<Record<string, unknown>> };
    const names = Object.keys($defs ?? {}).map((each) => [each, `p${index}_${each}`] as const);
    const renamed = new Map(names);
    for (const [before, after] of names) definitions[after] = rename($defs?.[before], renamed);
    properties[name] = rename(own, renamed) as Schema;
  }
  const required = parts.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  return {
    type: "object",
    properties,
    ...(required.length === 0 ? {} : { required }),
    ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions }),
  };
}

function rename(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((each) => rename(each, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const name =
        key === "$ref" && typeof member === "string" ? names.get(member.slice("#/$defs/".length)) : undefined;
      return [key, name === undefined ? rename(member, names) : `#/$defs/${name}`];
    }),
  );
}
