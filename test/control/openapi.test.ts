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

const CASES = 8;

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

/** Faults that a body may have in spite of its description. */
const BROKEN = fc.constantFrom(
  "",
  "null",
  "[]",
  "{",
  '{"reason":"a","reason":"b"}',
  '{"__proto__":{"admin":true}}',
  `${"[".repeat(200)}${"]".repeat(200)}`,
  '{"reason":"\\ud800"}',
  '{"unknown":1,"reason":"x","justification":"x"}',
  '{"principal":{"human":"root"},"reason":"x"}',
);

const NAMES = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("@known") },
  fc.constantFrom("../../etc/passwd", "%00", "..%2f", "a".repeat(5000), "-1", "0", "1e9", "'; --", "\u202e"),
  fc.string({ maxLength: 20 }),
);

describe.for(operations)("$method $path", ({ path, method, operation }) => {
  const body = operation.requestBody?.content["application/json"]?.schema;
  const request = fc.record({
    names: fc.array(NAMES, { minLength: 4, maxLength: 4 }),
    query: fc.record(
      Object.fromEntries(
        (operation.parameters ?? [])
          .filter((each) => each.in === "query")
          .map(({ name, schema }) => [
            name,
            fc.oneof({ weight: 3, arbitrary: arbitraryOf(schema, api.components.schemas) }, NAMES),
          ]),
      ),
      { requiredKeys: [] },
    ),
    body:
      body === undefined
        ? fc.constant(undefined)
        : fc.oneof({ weight: 3, arbitrary: arbitraryOf(body, api.components.schemas) }, BROKEN),
  });

  test(operation.operationId, { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(request, async ({ names, query, body: given }) => {
        const left = [...names];
        const named = path.replaceAll(/\{\w+\}/g, () => segmentOf(pick(left.shift() ?? "x")));
        const pairs = Object.entries(query).map(([name, value]) => [name, pick(textOf(value))]);
        const search =
          pairs.length === 0 ? "" : `?${new URLSearchParams(pairs as [string, string][]).toString()}`;
        const response = await control.send(method.toUpperCase(), `${named}${search}`, given);
        await checkAnswer(operation, response);
      }),
      { numRuns: CASES },
    );
    expect(control.faults).toEqual([]);
  });
});

function pick(text: string): string {
  return text === "@known" ? (known[Math.floor(Math.random() * known.length)] ?? "") : text.toWellFormed();
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
  const schema = operation.responses[status]?.content?.["application/json"]?.schema;
  if (schema === undefined) return;
  const validate = validatorFor(schema);
  const isValid = validate(JSON.parse(text));
  expect({ errors: validate.errors ?? [], isValid }).toEqual({ errors: [], isValid: true });
}
