/** One input as a form shows it. */
export type Field = {
  readonly name: string;
  readonly kind: "text" | "long" | "number" | "integer" | "boolean" | "choice" | "json";
  readonly isRequired: boolean;
  readonly description: string;
  readonly choices: readonly string[];
  /** As it is shown; what is left empty is not sent, and the server fills it in. */
  readonly byDefault: string | null;
  readonly isSecret: boolean;
};

type Schema = Readonly<Record<string, unknown>>;

/** The inputs that a JSON Schema of an object names, what is required first. */
export function fieldsOf(schema: Schema): Field[] {
  const properties = isSchema(schema["properties"]) ? schema["properties"] : {};
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  return Object.entries(properties)
    .map(([name, given]) => fieldOf(name, isSchema(given) ? given : {}, required.has(name)))
    .toSorted((left, right) => Number(right.isRequired) - Number(left.isRequired));
}

function fieldOf(name: string, schema: Schema, isRequired: boolean): Field {
  const { description, default: byDefault, enum: choices } = schema;
  return {
    name,
    kind: kindOf(name, schema),
    isRequired,
    description: typeof description === "string" ? description : "",
    choices: Array.isArray(choices) ? choices.map(String) : [],
    byDefault:
      byDefault === undefined ? null : typeof byDefault === "string" ? byDefault : JSON.stringify(byDefault),
    isSecret: schema["x-sensitive"] === true,
  };
}

const LONG_NAMES = /content|text|body|template|diff|patch|code|markdown|csv/;

function kindOf(name: string, { type, enum: choices, format }: Schema): Field["kind"] {
  if (Array.isArray(choices) && choices.every((choice) => typeof choice === "string")) return "choice";
  switch (type) {
    case "string":
      return format === undefined && LONG_NAMES.test(name) ? "long" : "text";
    case "number":
    case "integer":
    case "boolean":
      return type;
    default:
      return "json";
  }
}

/** What was typed into the fields, by their names; an empty text is nothing. */
export type Typed = Readonly<Record<string, string>>;

/** The inputs that are sent, or the names of the fields whose text is no value of their kind. */
export function inputsOf(
  fields: readonly Field[],
  typed: Typed,
): { readonly inputs: Readonly<Record<string, unknown>>; readonly wrong: ReadonlySet<string> } {
  const inputs: Record<string, unknown> = {};
  const wrong = new Set<string>();
  for (const { name, kind } of fields) {
    const text = typed[name] ?? "";
    if (text === "") continue;
    const value = valueOf(kind, text);
    if (value === undefined) wrong.add(name);
    else inputs[name] = value;
  }
  return { inputs, wrong };
}

function valueOf(kind: Field["kind"], text: string): unknown {
  switch (kind) {
    case "text":
    case "long":
    case "choice":
      return text;
    case "boolean":
      return text === "true";
    case "number":
    case "integer": {
      const value = Number(text);
      return text.trim() === "" || !Number.isFinite(value) ? undefined : value;
    }
    case "json":
      return parseJson(text);
    default:
      return kind satisfies never;
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
