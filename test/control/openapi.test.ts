import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Problem } from "../../src/contract/rest/problem.ts";
import { describeApi } from "../../src/control/openapi.ts";
import { ROUTES } from "../../src/control/routes.ts";
import { verifies } from "../requirements.ts";
import { openTestControl, runTo, type TestControl } from "./open.ts";
import { arbitraryOf, type Schema } from "./schema-values.ts";

verifies("control:openapi");

const CASES = process.env["AIRUN_ROWS"] === "all" ? 60 : 8;

type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: Schema;
};
type Operation = {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Record<string, { schema?: Schema }> }>>;
};
type Api = {
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

const api = JSON.parse(JSON.stringify(describeApi())) as Api;
const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

let control: TestControl;
let known: readonly string[] = [];
beforeAll(async () => {
  control = await openTestControl();
  const run = await runTo(control, { target: "io.fs.write_file", inputs: { path: "a.txt", content: "x" } });
  known = [run.run, "1", "io.fs.write_file", "a.txt", ".", "stdlib", "0.1.0", "tidy_inbox"];
});
afterAll(() => control[Symbol.asyncDispose]());

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: "api", components: api.components });

function validatorFor(schema: Schema) {
  return ajv.compile(
    JSON.parse(JSON.stringify(schema).replaceAll("#/components", "api#/components")) as object,
  );
}

test("every route is described once, and every operation has a route", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ROUTES.map(({ id }) => id).toSorted());
});

test("what is served is described, or named as left out: the page, the files of the console, and MCP", async () => {
  const { info, paths } = api;
  const page = await control.send("GET", "/", undefined, { accept: "text/html" });
  const [type = ""] = (page.headers.get("content-type") ?? "").split(";");
  expect(Object.keys(paths["/"]?.["get"]?.responses["200"]?.content ?? {})).toEqual([
    "application/json",
    type,
  ]);
  const [, file = ""] = /src="(\/assets\/)/.exec(await page.text()) ?? [];
  const served = control.app.routes.flatMap(({ path }) => (path.includes("*") ? [] : [path]));
  const described = new Set(Object.keys(paths).map((path) => path.replaceAll(/\{(\w+)\}/g, ":$1")));
  const leftOut = [...new Set(served), file].filter((path) => !described.has(path));
  expect(leftOut).toEqual(["/mcp", "/assets/"]);
  for (const path of leftOut) expect(info.description).toContain(`\`${path}\``);
});

const MIB = 1024 * 1024;

/** Bodies that are no JSON, or none that anybody would send. */
const BROKEN = fc.constantFrom(
  "",
  "null",
  "[]",
  "{",
  "\u0000",
  '{"reason":"a","reason":"b"}',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  `${"[".repeat(200)}${"]".repeat(200)}`,
  `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
  `{"reason":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`,
  `{"reason":"${"x".repeat(MIB)}"}`,
  `{"reason":"${"x".repeat(MIB - 100)}"}`,
  `{"reason":${"9".repeat(5_000)}}`,
  '{"reason":1e999}',
  '{"reason":"\\ud800"}',
  '{"unknown":1,"reason":"x","justification":"x"}',
  '{"principal":{"human":"root"},"reason":"x"}',
);

/** Something else in the place of one part of a valid body. */
const WRONG = fc.constantFrom<unknown>(null, [], {}, "", 0, -1, 1.5, true, "x".repeat(10_000), [[[[]]]]);

const TEXTS = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 7 }).map((index) => `@${index}`) },
  fc.constantFrom("../../etc/passwd", "%00", "..%2f", "a".repeat(5000), "-1", "0", "1e9", "'; --", "\u202e"),
  fc.string({ maxLength: 20 }),
);

/** Headers that a handler, or what lies before it, goes by. */
const HEADERS = fc.record(
  {
    "content-type": fc.constantFrom(
      "application/json",
      "application/json; charset=utf-8",
      "application/json; charset=latin1",
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/json-patch+json",
      "",
    ),
    "content-encoding": fc.constantFrom("gzip", "identity"),
    "idempotency-key": fc.constantFrom("a", '"b"', "two words", "x".repeat(300), "same"),
    "last-event-id": fc.constantFrom("1", "-1", "x", "9".repeat(30)),
    traceparent: fc.constantFrom("nonsense", `00-${"a".repeat(32)}-${"b".repeat(16)}-01`),
    tracestate: fc.constantFrom("a=1", "x".repeat(2000)),
    accept: fc.constantFrom("text/html", "*/*"),
    "x-http-method-override": fc.constant("DELETE"),
    range: fc.constant("bytes=0-1"),
  },
  { requiredKeys: [] },
);

describe.for(operations)("$method $path", ({ path, method, operation }) => {
  const { schemas } = api.components;
  const body = operation.requestBody?.content["application/json"]?.schema;
  const valid = body === undefined ? fc.constant(undefined) : arbitraryOf(body, schemas);
  const queries = (operation.parameters ?? []).filter((each) => each.in === "query");
  const request = fc.record({
    names: fc.array(TEXTS, { minLength: 4, maxLength: 4 }),
    query: fc.record(
      Object.fromEntries(
        queries.map(({ name, schema }) => [
          name,
          fc.oneof({ weight: 3, arbitrary: arbitraryOf(schema, schemas) }, TEXTS),
        ]),
      ),
      { requiredKeys: [] },
    ),
    headers: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, HEADERS),
    body: fc.oneof(
      { weight: 3, arbitrary: valid },
      {
        weight: 2,
        arbitrary: fc.tuple(valid, fc.nat(), WRONG).map(([value, at, wrong]) => mutate(value, at, wrong)),
      },
      BROKEN,
    ),
  });

  test(operation.operationId, { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(request, async ({ names, query, headers, body: given }) => {
        const left = [...names];
        const named = path.replaceAll(/\{\w+\}/g, () => segmentOf(pick(left.shift() ?? "x")));
        const pairs = Object.entries(query).map(([name, value]) => [name, pick(textOf(value))]);
        const search =
          pairs.length === 0 ? "" : `?${new URLSearchParams(pairs as [string, string][]).toString()}`;
        // What only looks has no body to send.
        const sent = method === "get" ? undefined : withKnown(given);
        const all = { ...control.bearer, ...headers };
        const response = await control.send(method.toUpperCase(), `${named}${search}`, sent, all);
        await checkAnswer(operation, response);
      }),
      { numRuns: CASES },
    );
    expect(control.faults).toEqual([]);
  });
});

test("a method that an operation does not have is refused, and told which it has", async () => {
  for (const [path, methods] of Object.entries(api.paths)) {
    const named = path.replaceAll(/\{\w+\}/g, "x");
    const allowed = Object.keys(methods).map((each) => each.toUpperCase());
    for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      if (allowed.includes(method)) continue;
      const response = await control.send(method, named);
      const { status, headers } = response;
      expect([method, path, status]).toEqual([method, path, 405]);
      for (const each of allowed) expect(headers.get("allow")).toContain(each);
      expect(Problem.safeParse(await response.json()).success).toBe(true);
    }
  }
});

/** A text that stands for something that there is. */
function pick(text: string): string {
  const [, index] = /^@(\d)$/.exec(text) ?? [];
  return index === undefined ? text.toWellFormed() : (known[Number(index)] ?? "");
}

function withKnown(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return body;
  return JSON.parse(JSON.stringify(body), (_, value: unknown) =>
    typeof value === "string" ? pick(value) : value,
  );
}

/** The same with something else at one of its places, or without that place. */
function mutate(value: unknown, at: number, wrong: unknown): unknown {
  if (typeof value !== "object" || value === null) return JSON.stringify(wrong);
  const names = Object.keys(value);
  const name = names[at % (names.length + 1)];
  if (name === undefined) return { ...value, unexpected: wrong };
  const inner = (value as Record<string, unknown>)[name];
  if (at % 3 === 0) return Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
  const isDeep = at % 3 === 1 && typeof inner === "object" && inner !== null;
  return { ...value, [name]: isDeep ? mutate(inner, Math.floor(at / 3), wrong) : wrong };
}

// What an address itself takes for steps up and down leads elsewhere.
function segmentOf(text: string): string {
  return /^\.*$/.test(text) ? "dots" : encodeURIComponent(text);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : Array.isArray(value) ? value.join(",") : JSON.stringify(value);
}

async function checkAnswer(operation: Operation, response: Response): Promise<void> {
  const { status } = response;
  expect(status).toBeLessThan(500);
  expect(Object.keys(operation.responses)).toContain(String(status));
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream")) {
    await response.body?.cancel();
    return;
  }
  const text = await response.text();
  if (status >= 400) {
    expect(type).toBe("application/problem+json");
    expect(Problem.safeParse(JSON.parse(text)).success).toBe(true);
    expect(text).not.toMatch(/\bat .+\.ts:\d+|node_modules|node:internal/);
    expect(text).not.toContain(control.directory.path);
    return;
  }
  const { content = {} } = operation.responses[status] ?? {};
  const [mediaType = ""] = type.split(";");
  expect(Object.keys(content).map((each) => each.split(";")[0])).toContain(mediaType);
  const schema = content[mediaType]?.schema;
  if (schema === undefined) return;
  const validate = validatorFor(schema);
  const isValid = validate(JSON.parse(text));
  expect({ errors: validate.errors ?? [], isValid }).toEqual({ errors: [], isValid: true });
}
