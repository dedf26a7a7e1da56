import { z } from "zod";

import { isObject } from "../contract/json.ts";
import { Problem } from "../contract/rest/problem.ts";
import { packageVersion } from "../kernel/package-root.ts";
import { type Route, takesKey } from "./route.ts";
import { IDEMPOTENCY_KEY_PATTERN } from "./answer-once.ts";
import { ROUTES } from "./routes.ts";

type Json = Record<string, unknown>;

// These speak another protocol, or are no operations.
const BESIDE =
  "Also served, and not described here: MCP at `/mcp`, its metadata below `/.well-known/`, and the files of the web console below `/assets/`.";

/** The description of every operation, as OpenAPI 3.1. */
export function describeApi(routes: readonly Route[] = ROUTES): Json {
  const components = new Map<string, unknown>();
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const operations = (paths[route.path] ??= {});
    operations[route.method] = describeOperation(route, components);
  }
  const problem = schemaOf(Problem, "output", components);
  return {
    openapi: "3.1.0",
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    info: {
      title: "AI-First Runtime Mission Control",
      version: packageVersion(),
      license: { name: "MIT", identifier: "MIT" },
      description: `Runs, approvals, the governance chain, policies and the ledger of one workspace. ${BESIDE}`,
    },
    servers: [{ url: "http://127.0.0.1:8030" }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries([...components].toSorted(([left], [right]) => (left < right ? -1 : 1))),
      responses: {
        Problem: {
          description: "Why the request was refused (RFC 9457).",
          content: { "application/problem+json": { schema: problem } },
        },
      },
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function describeOperation(route: Route, components: Map<string, unknown>): Json {
  const { id, tag, summary, role, params, query, body, answer } = route;
  const parameters = [
    ...parametersOf(params, "path", components),
    ...parametersOf(query, "query", components),
    ...(takesKey(route) ? [IDEMPOTENCY_KEY] : []),
  ];
  const refusals = refusalsOf(route).map((status) => [status, { $ref: "#/components/responses/Problem" }]);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(role === "anybody" ? { security: [] } : { security: [{ token: [] }], "x-role": role }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: schemaOf(body, "input", components) } },
          },
        }),
    responses: {
      [answer.status]: {
        description: answer.text,
        content: {
          [answer.contentType ?? "application/json"]:
            answer.schema === undefined ? {} : { schema: schemaOf(answer.schema, "output", components) },
          ...(answer.alsoType === undefined ? {} : { [answer.alsoType]: {} }),
        },
      },
      ...Object.fromEntries(refusals),
    },
  };
}

const IDEMPOTENCY_KEY = {
  name: "Idempotency-Key",
  in: "header",
  description:
    "Your own name for the request: for a day, the same one has one effect and one answer however often it comes.",
  required: false,
  schema: { type: "string", pattern: IDEMPOTENCY_KEY_PATTERN.source },
};

/** The statuses that a route refuses with: its own, and those of its checks. */
export function refusalsOf(route: Route): number[] {
  const { role, params, query, body, refusals = [] } = route;
  const found = new Set([400, 421, 403, ...refusals]);
  if (role !== "anybody") found.add(401);
  if (params !== undefined || query !== undefined || body !== undefined) found.add(422);
  if (body !== undefined) for (const status of [413, 415]) found.add(status);
  if (takesKey(route)) for (const status of [409, 422]) found.add(status);
  return [...found].sort((left, right) => left - right);
}

function parametersOf(
  schema: z.ZodObject | undefined,
  where: "path" | "query",
  components: Map<string, unknown>,
): Json[] {
  if (schema === undefined) return [];
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description, ...described } = schemaOf(field as z.ZodType, "input", components);
    return {
      name,
      in: where,
      ...(description === undefined ? {} : { description }),
      required: !(field as z.ZodType).safeParse(undefined).success,
      ...(described["type"] === "array" ? { style: "form", explode: false } : {}),
      schema: described,
    };
  });
}

/** Its JSON Schema; named parts are put among the components. */
function schemaOf(schema: z.ZodType, io: "input" | "output", components: Map<string, unknown>): Json {
  const { $schema: _, $defs = {}, ...described } = z.toJSONSchema(schema, { io, reused: "inline" });
  for (const [name, part] of Object.entries($defs)) components.set(name, relocate(part));
  return relocate(described) as Json;
}

/** With references into the components, and without limits that every whole number has. */
function relocate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocate);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== Number.MAX_SAFE_INTEGER && each !== Number.MIN_SAFE_INTEGER)
      .map(([name, each]) => [
        name,
        name === "$ref" && typeof each === "string"
          ? each.replace("#/$defs/", "#/components/schemas/")
          : relocate(each),
      ]),
  );
}
