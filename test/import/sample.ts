import { isObject } from "../../src/contract/json.ts";

export type Schema = { readonly [keyword: string]: unknown };

/** A text that gives way to any other that another part of a schema asks for. */
const PLACEHOLDER = "x";

/** A value that a schema admits, as small as it gets. `root`: what references lead into. */
export function sample(schema: Schema, root: Schema, depth = 0): unknown {
  const { $ref: reference, const: only, enum: values } = schema;
  if (typeof reference === "string") return sample(follow(root, reference), root, depth + 1);
  if (only !== undefined) return only;
  if (Array.isArray(values)) return values[0];
  const all = partsOf(schema, "allOf");
  const chosen = ["oneOf", "anyOf"].flatMap((keyword) => partsOf(schema, keyword).slice(0, 1));
  const inherited = [...all, ...chosen].map((part) => sample(part, root, depth + 1));
  return [...inherited, own(schema, root, depth)].reduce(join);
}

/** What a reference inside a document leads to. */
export function follow(root: Schema, reference: string): Schema {
  let value: unknown = root;
  for (const part of reference.split("/").slice(1))
    value = isObject(value) ? value[part.replaceAll("~1", "/")] : undefined;
  if (isObject(value)) return value;
  throw new Error(`${reference} leads nowhere`);
}

function partsOf(schema: Schema, keyword: string): Schema[] {
  const parts = schema[keyword];
  return Array.isArray(parts) ? parts.filter(isObject) : [];
}

function join(a: unknown, b: unknown): unknown {
  if (!isObject(a) || !isObject(b)) return b === undefined || b === PLACEHOLDER ? (a ?? b) : b;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(names.map((name) => [name, join(a[name], b[name])]));
}

function own(schema: Schema, root: Schema, depth: number): unknown {
  const { type, properties, required, items, minItems, minimum, minLength } = schema;
  const fields = isObject(properties) ? properties : {};
  const [first] = [type].flat();
  switch (first ?? (isObject(properties) ? "object" : undefined)) {
    case "string":
      return PLACEHOLDER.repeat(Math.max(1, Number(minLength ?? 0)));
    case "integer":
    case "number":
      return minimum ?? 1;
    case "boolean":
      return true;
    case "null":
      return null;
    case "array": {
      const item = isObject(items) ? items : {};
      return Array.from({ length: Number(minItems ?? 0) }, () => sample(item, root, depth + 1));
    }
    case "object": {
      const names = depth > 12 || !Array.isArray(required) ? [] : required.map(String);
      const values = names.flatMap((name) => {
        const field = fields[name];
        return isObject(field) ? [[name, sample(field, root, depth + 1)] as const] : [];
      });
      return Object.fromEntries(values);
    }
    default:
      return undefined;
  }
}
