import type { z } from "zod";

import { nearest, suggest } from "./nearest.ts";

export type Path = readonly (string | number)[];

/** Something wrong at a path. `part` tells whether its key or its value is meant; a missing field is named by its path. */
export type Problem = { readonly path: Path; readonly message: string; readonly part?: "key" | "value" };

type Issue = z.core.$ZodIssue;

const MAX_SHOWN = 60;
const KINDS: Readonly<Record<string, string>> = {
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  int: "a whole number",
  string: "text",
  boolean: "true or false",
};

/** What is wrong with a value, in words for the person who wrote it. */
export function problemsOf(issues: readonly Issue[], schema: z.ZodType, at: Path = []): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, schema, [...at, ...(issue.path as Path)]));
}

/** A value as it can stand in a message: one line of JSON, cut short. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value;
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

function problemsOfIssue(issue: Issue, schema: z.ZodType, path: Path): Problem[] {
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => {
        const known = knownFields(schema, path);
        const hint =
          nearest(key, known) === undefined && known.length > 0
            ? `; known are ${known.join(", ")}`
            : suggest(key, known);
        return { path: [...path, key], message: `is not a known field${hint}`, part: "key" };
      });
    case "invalid_union":
      return problemsOfUnion(issue, schema, path);
    case "invalid_key":
      return [
        {
          path,
          message: `is not a valid key: ${issue.issues.map(({ message }) => message).join("; ")}`,
          part: "key",
        },
      ];
    default:
      return [{ path, message: describeIssue(issue) }];
  }
}

function describeIssue(issue: Issue): string {
  if (issue.input === undefined) return "is missing";
  return `${requirementOf(issue)} (got ${showValue(issue.input)})`;
}

function requirementOf(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${kindName(issue.expected)}`;
    case "invalid_value":
      return requirementOfChoice(issue.values.map(String), issue.input);
    case "too_small":
      return requirementOfBound(
        issue.origin,
        issue.minimum,
        issue.inclusive === false ? "more than" : "at least",
      );
    case "too_big":
      return requirementOfBound(
        issue.origin,
        issue.maximum,
        issue.inclusive === false ? "less than" : "at most",
      );
    case "invalid_format":
      return issue.format === "regex" ? issue.message : `must be a valid ${issue.format}`;
    default:
      return issue.message;
  }
}

function requirementOfChoice(values: readonly string[], given: unknown): string {
  const hint = typeof given === "string" ? suggest(given, values) : "";
  return values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(", ")}${hint}`;
}

function requirementOfBound(origin: string, bound: number | bigint, relation: string): string {
  if (origin === "string")
    return bound === 1 ? "must not be empty" : `must have ${relation} ${bound} characters`;
  if (origin === "array")
    return bound === 1 && relation === "at least"
      ? "must not be empty"
      : `must have ${relation} ${bound} elements`;
  return `must be ${relation} ${bound}`;
}

/** Of several alternatives, the one that the writer came nearest to, or what would all be allowed. */
function problemsOfUnion(
  issue: Extract<Issue, { code: "invalid_union" }>,
  schema: z.ZodType,
  path: Path,
): Problem[] {
  if (issue.input === undefined) return [{ path, message: "is missing" }];
  if ("options" in issue && issue.options !== undefined) {
    const given: unknown = Reflect.get(Object(issue.input), String(issue.discriminator));
    const requirement = requirementOfChoice(issue.options.map(String), given);
    return [
      { path, message: given === undefined ? "is missing" : `${requirement} (got ${showValue(given)})` },
    ];
  }
  const branches = issue.errors.filter((branch) => branch.some((inner) => kindsOf(inner).length === 0));
  const [best] = branches.toSorted((a, b) => a.length - b.length);
  if (best !== undefined) return problemsOf(best, schema, path);
  const kinds = new Set(issue.errors.flat().flatMap(kindsOf));
  return [{ path, message: `must be ${[...kinds].join(" or ")} (got ${showValue(issue.input)})` }];
}

/** The kind that an alternative would have been, as a list of one, where the value is of another kind altogether. */
function kindsOf(issue: Issue): string[] {
  return issue.code === "invalid_type" && issue.path.length === 0 ? [kindName(issue.expected)] : [];
}

function kindName(expected: string): string {
  return KINDS[expected] ?? `a ${expected}`;
}

/** The fields that the schema knows at a path. */
function knownFields(schema: z.ZodType, path: Path): string[] {
  let found = [schema as z.core.$ZodType];
  for (const step of path) found = found.flatMap(unwrap).flatMap((inner) => stepInto(inner, step));
  return [
    ...new Set(
      found
        .flatMap(unwrap)
        .flatMap(({ _zod: { def } }) => (isKind(def, "object") ? Object.keys(def.shape) : [])),
    ),
  ];
}

function stepInto({ _zod: { def } }: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  if (isKind(def, "object"))
    return Object.hasOwn(def.shape, step) ? [def.shape[step] as z.core.$ZodType] : [];
  if (isKind(def, "array")) return [def.element];
  if (isKind(def, "record")) return [def.valueType];
  return [];
}

/** The schemas behind optional, default, lazy and union. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { def } = schema._zod;
  if (isKind(def, "lazy")) return unwrap(def.getter());
  if (isKind(def, "union")) return def.options.flatMap(unwrap);
  if (isKind(def, "optional") || isKind(def, "default") || isKind(def, "nullable"))
    return unwrap(def.innerType);
  return [schema];
}

type Definitions = {
  object: z.core.$ZodObjectDef;
  array: z.core.$ZodArrayDef;
  record: z.core.$ZodRecordDef;
  lazy: z.core.$ZodLazyDef;
  union: z.core.$ZodUnionDef;
  optional: z.core.$ZodOptionalDef;
  default: z.core.$ZodDefaultDef;
  nullable: z.core.$ZodNullableDef;
};

function isKind<Kind extends keyof Definitions>(
  def: z.core.$ZodTypeDef,
  kind: Kind,
): def is Definitions[Kind] {
  return def.type === kind;
}
