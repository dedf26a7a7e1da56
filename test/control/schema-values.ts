import * as fc from "fast-check";

/** The part of JSON Schema that the description of the API uses. */
export type Schema = {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly pattern?: string;
  readonly format?: string;
};

/** Values that a schema accepts, as far as it can be seen from it. */
export function arbitraryOf(
  schema: Schema,
  components: Readonly<Record<string, Schema>>,
  depth = 0,
): fc.Arbitrary<unknown> {
  const inner = (each: Schema): fc.Arbitrary<unknown> => arbitraryOf(each, components, depth + 1);
  if (schema.$ref !== undefined)
    return inner(components[schema.$ref.replace("#/components/schemas/", "")] ?? {});
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(inner));
  switch (schema.type) {
    case "string":
      return textOf(schema);
    case "integer":
    case "number":
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 10_000, 1_000_000) });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(inner(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 3 });
    case "object":
      return objectOf(schema, inner);
    default:
      return depth > 4 ? fc.constant(null) : fc.jsonValue({ maxDepth: 1 });
  }
}

function textOf({ minLength = 0, maxLength = 30, pattern, format }: Schema): fc.Arbitrary<string> {
  if (format === "date-time")
    return fc
      .date({ min: new Date("2020-01-01"), max: new Date("2030-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString());
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.oneof(
    fc.constantFrom("io.fs.read_file", "a.txt", "@0", "@1", "@2", "@5"),
    fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 30)) }),
  );
}

function objectOf(schema: Schema, inner: (each: Schema) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const named = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, inner(each)])),
    { requiredKeys: required.filter((name) => name in properties) },
  );
  if (Object.keys(properties).length > 0 || typeof additionalProperties !== "object") return named;
  return fc.dictionary(fc.string({ minLength: 1, maxLength: 10 }), inner(additionalProperties), {
    maxKeys: 3,
  });
}
