type Property = { readonly [keyword: string]: unknown };

/** A JSON Schema's type in words, for a table. */
export function typeOf(schema: Property): string {
  const { const: constant, enum: values, items, type, anyOf, oneOf } = schema;
  const list = [constant === undefined ? [] : [constant], Array.isArray(values) ? values : []].flat();
  if (list.length > 8) return "string";
  if (list.length > 0) return list.map((value) => `\`${JSON.stringify(value)}\``).join(" or ");
  const either = anyOf ?? oneOf;
  if (Array.isArray(either)) return either.map((one: Property) => typeOf(one)).join(" or ");
  if (type === "array") return `array of ${typeOf((items ?? {}) as Property)}`;
  if (Array.isArray(type)) return type.join(" or ");
  return typeof type === "string" ? type : "any value";
}
