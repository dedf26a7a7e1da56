import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { canonicalJson } from "../../contract/json.ts";
import { HANDLERS } from "../handlers.ts";
import { createTestContext, TEST_NOW } from "../test-context.ts";
import { verifies } from "../../../test/requirements.ts";

verifies("stdlib:contract");

async function run(id: string, inputs: Record<string, unknown>): Promise<Record<string, unknown>> {
  const handler = await HANDLERS[id]?.();
  return (await handler?.(createTestContext(), inputs)) ?? {};
}

const text = fc.string({ unit: "binary" }).filter((value) => value.isWellFormed());
const json = fc.jsonValue({ stringUnit: "grapheme", maxDepth: 4 });

describe("what was written is read again", () => {
  test("JSON, in both layouts and both modes", async () => {
    await fc.assert(
      fc.asyncProperty(json, fc.boolean(), fc.boolean(), async (data, pretty, strict) => {
        const { json_string } = await run("data.json.stringify", { data, pretty });
        const parsed = await run("data.json.parse", { json_string, strict });
        expect(parsed["data"]).toBe(canonicalJson(data));
        expect(canonicalJson(parsed["value"])).toBe(canonicalJson(data));
      }),
    );
  });

  test("YAML", async () => {
    await fc.assert(
      fc.asyncProperty(json, async (data) => {
        const { yaml_string } = await run("data.yaml.stringify", { data });
        const parsed = await run("data.yaml.parse", { yaml_string });
        expect(canonicalJson(parsed["value"])).toBe(canonicalJson(data));
      }),
    );
  });

  test("CSV without the guard", async () => {
    const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "=", "é") });
    const table = fc
      .integer({ min: 2, max: 4 })
      .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1 }));
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const options = { delimiter: ",", header: false };
        const { csv_string } = await run("data.csv.stringify", { ...options, rows, formula_guard: false });
        const parsed = await run("data.csv.parse", { ...options, csv_string, trim: false });
        expect(parsed["rows"]).toEqual(rows);
      }),
    );
  });

  test("Base64, in both alphabets", async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), async (value, url_safe) => {
        const { base64 } = await run("data.base64.encode", { text: value, url_safe });
        expect(await run("data.base64.decode", { base64 })).toMatchObject({
          text: value,
          bytes: Buffer.byteLength(value),
        });
      }),
    );
  });
});

describe("JSON that is not strict", () => {
  test.for<[string, string, string]>([
    ["comments and last commas", '// a\n{"a": [1, /* b */ 2,], }', '{"a":[1,2]}'],
    ["marks inside strings stay", '{"a": "// no /* no */ ,]"}', '{"a":"// no /* no */ ,]"}'],
    ["control characters in strings", '["a\tb\nc"]', '["a\\tb\\nc"]'],
    ["a comma before a comment", "[1, // last\n]", "[1]"],
    ["a byte order mark", "\uFEFF1", "1"],
  ])("%s", async ([, json_string, data]) => {
    expect(await run("data.json.parse", { json_string, strict: false })).toMatchObject({ data });
  });

  test.for(["[,]", "[1,,]", '{"a"}', '"'])("%s is refused", async (json_string) => {
    await expect(run("data.json.parse", { json_string, strict: false })).rejects.toMatchObject({
      code: "CONTENT_INVALID",
    });
  });

  test.for<[string, string]>([
    ['{\n "secret": 1 "x"}', "faulty at line 2, column 14"],
    ['{"secret": x}', 'unexpected character "x"'],
    ['{"secret": ', "it ends too early"],
  ])("the message for %j names the place and quotes nothing", async ([json_string, place]) => {
    const message = `json_string is not JSON: ${place}`;
    await expect(run("data.json.parse", { json_string, strict: true })).rejects.toMatchObject({ message });
  });
});

describe("merge", () => {
  test("a patch of a value with itself, or with nothing, changes nothing", async () => {
    const object = fc
      .dictionary(fc.string(), json)
      .map((value) => JSON.parse(JSON.stringify(value, dropNull)) as unknown);
    await fc.assert(
      fc.asyncProperty(object, async (target) => {
        expect(await run("data.json.merge", { target, patch: target, deep: false })).toMatchObject({
          value: target,
        });
        expect(await run("data.json.merge", { target, patch: {}, deep: true })).toMatchObject({
          value: target,
        });
      }),
    );
  });

  // RFC 7396, appendix A
  test.for<[string, string, string]>([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"a":null}', "{}"],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"foo"}', "null", "null"],
    ['{"e":null}', '{"a":1}', '{"a":1,"e":null}'],
    ["[1,2]", '{"a":"b","c":null}', '{"a":"b"}'],
    ["{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])("%s with %s", async ([target, patch, expected]) => {
    const { value } = await run("data.json.merge", { target, patch, deep: false });
    expect(canonicalJson(value)).toBe(expected);
  });
});

describe("UUIDs", () => {
  test("of version 7 hold the time and are in order", async () => {
    const { uuids } = (await run("data.uuid.generate", { version: "v7", count: 100 })) as { uuids: string[] };
    const time = TEST_NOW.toString(16).padStart(12, "0");
    expect(uuids).toEqual(uuids.toSorted());
    expect(new Set(uuids).size).toBe(100);
    for (const uuid of uuids)
      expect(uuid).toMatch(
        new RegExp(`^${time.slice(0, 8)}-${time.slice(8)}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`),
      );
  });

  test("of version 4 differ", async () => {
    const { uuid, uuids } = (await run("data.uuid.generate", { version: "v4", count: 2 })) as {
      uuid: string;
      uuids: string[];
    };
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(uuids).size).toBe(2);
  });
});

test.for<[string, Record<string, unknown>, string]>([
  ["an unclosed quote", { csv_string: 'a\n"b' }, "a quoted cell is not closed"],
  ["something behind a closing quote", { csv_string: 'a\n"b"c' }, "something follows a closing quote"],
  ["a quote inside a cell", { csv_string: 'a\nb"c' }, "a quote inside a cell"],
])("CSV with %s is refused", async ([, inputs, message]) => {
  const options = { delimiter: ",", header: true, trim: false };
  await expect(run("data.csv.parse", { ...options, ...inputs })).rejects.toMatchObject({
    code: "CONTENT_INVALID",
    message: expect.stringContaining(message) as string,
  });
});

test.for(["YQ", "YQ==", " Y Q==\n"])("Base64 %j is a", async (base64) => {
  expect(await run("data.base64.decode", { base64 })).toMatchObject({ text: "a" });
});

test.for(["Y", "YQ=", "YR==", "Y=Q=", "===="])("Base64 %j is refused", async (base64) => {
  await expect(run("data.base64.decode", { base64 })).rejects.toMatchObject({ code: "CONTENT_INVALID" });
});

function dropNull(_: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null) as unknown[];
  return value ?? undefined;
}
