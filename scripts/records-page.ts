import { z } from "zod";

import { ExecutionRecord, WorkflowRecord } from "../src/contract/execution-record.ts";
import { HookReply, HookRequest } from "../src/contract/hooks.ts";
import { typeOf } from "./type-of.ts";

type Property = { readonly [keyword: string]: unknown };

/** The reference page of the bridge's records and of the hook protocol, from their schemas. */
export function documentRecords(): string {
  return [
    "# Records and hooks",
    "Generated from `src/contract/execution-record.ts` and `src/contract/hooks.ts`. The JSON Schemas of the records are `assets/schemas/execution-record.schema.json` and `assets/schemas/workflow-record.schema.json`. Further fields may be added; a reader ignores those that it does not know.",
    ...section("Execution record", "`airun bridge exec-capability` prints one.", ExecutionRecord),
    ...section("Workflow record", "The other commands of `airun bridge` print one.", WorkflowRecord),
    ...HookRequest.options.flatMap((option) =>
      section(`Hook ${option.shape.event.value}`, "The body of the request to a governor.", option),
    ),
    ...section("Hook reply", "The body of its answer, with status 200.", HookReply),
  ]
    .join("\n\n")
    .concat("\n");
}

function section(title: string, text: string, schema: z.ZodType): string[] {
  const json: Property = z.toJSONSchema(schema, { io: "input" });
  return [
    `## ${title}`,
    text,
    ["| Field | Type | Meaning |", "|---|---|---|", ...rowsOf(json, "")].join("\n"),
  ];
}

function rowsOf(schema: Property, prefix: string): string[] {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, Property>);
  const required = (schema["required"] ?? []) as readonly string[];
  return properties.flatMap(([name, property]) => {
    const note = typeof property["description"] === "string" ? property["description"] : "";
    const meaning = required.includes(name) ? note : `Optional. ${note}`.trim();
    const inner = innerOf(property);
    const suffix = inner?.isList === true ? "[]" : "";
    const path = `${prefix}${name}`;
    return [
      `| \`${path}\` | ${typeOf(property)} | ${meaning} |`,
      ...(inner === undefined ? [] : rowsOf(inner.schema, `${path}${suffix}.`)),
    ];
  });
}

/** The object inside a field, also where it may be null or is in a list. */
function innerOf(property: Property): { readonly schema: Property; readonly isList: boolean } | undefined {
  const either = (property["anyOf"] ?? []) as readonly Property[];
  const { items } = property;
  if (typeof items === "object" && items !== null) {
    const inner = innerOf(items as Property);
    return inner === undefined ? undefined : { schema: inner.schema, isList: true };
  }
  const found = [property, ...either].find((each) => "properties" in each);
  return found === undefined ? undefined : { schema: found, isList: false };
}
