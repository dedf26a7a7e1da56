import { z } from "zod";

import { refusalsOf } from "../src/control/openapi.ts";
import type { Route } from "../src/control/route.ts";
import { ROUTES } from "../src/control/routes.ts";

/** The reference page of Mission Control's operations, by tag. */
export function documentRest(): string {
  const tags = [...new Set(ROUTES.map(({ tag }) => tag))];
  return [
    "# REST operations",
    "Generated from the routes in `src/control`. The same as OpenAPI 3.1: [openapi.json](openapi.json), which the server answers with at `GET /v1/openapi.json`. [Mission Control](../control.md) tells how to use them.",
    ...tags.flatMap((tag) => [`## ${tag}`, ...ROUTES.filter((route) => route.tag === tag).map(section)]),
  ]
    .join("\n\n")
    .concat("\n");
}

function section(route: Route): string {
  const { id, method, path, summary, role, query, body, answer } = route;
  return [
    `### ${method.toUpperCase()} ${path}`,
    `\`${id}\` · ${role === "anybody" ? "needs no token" : `role ${role}`}. ${summary}`,
    ...fieldsOf("Query", query),
    ...fieldsOf("Body", body),
    `Answers ${answer.status}: ${answer.text} Refuses with ${refusalsOf(route).join(", ")}.`,
  ].join("\n\n");
}

function fieldsOf(title: string, schema: z.ZodObject | undefined): string[] {
  if (schema === undefined) return [];
  const { $ref = "", $defs = {}, ...inline } = z.toJSONSchema(schema, { io: "input", reused: "inline" });
  const { properties = {}, required = [] } = $defs[$ref.replace("#/$defs/", "")] ?? inline;
  const rows = Object.entries(properties).map(([name, field]) => {
    const described = typeof field === "object" ? field : {};
    const fallback = described.default === undefined ? "" : ` Default: ${JSON.stringify(described.default)}.`;
    return `| \`${name}\` | ${typeOf(described)} | ${required.includes(name) ? "yes" : "no"} | ${(described.description ?? "").replaceAll("|", "\\|")}${fallback} |`;
  });
  return rows.length === 0
    ? []
    : [[`| ${title} | Type | Required | Meaning |`, "|---|---|---|---|", ...rows].join("\n")];
}

function typeOf({
  type,
  enum: values,
}: {
  readonly type?: unknown;
  readonly enum?: readonly unknown[];
}): string {
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(" ");
  return typeof type === "string" ? type : "any";
}
