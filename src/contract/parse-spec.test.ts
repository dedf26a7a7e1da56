import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { RuntimeError } from "./errors.ts";
import { checkSpec, parseSpec, readSpec, showPath } from "./parse-spec.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:errors");

const Spec = z.strictObject({
  name: z.string().min(1),
  count: z.int().min(1).max(9).default(1),
  level: z.enum(["LOW", "HIGH"]).optional(),
  ratio: z.number().positive().optional(),
  link: z.url().optional(),
  code: z.string().regex(/^x\d$/, "must look like x1").optional(),
  either: z.union([z.string(), z.array(z.string())]).optional(),
  branch: z.union([z.strictObject({ kind: z.literal("a"), size: z.number() }), z.string()]).optional(),
  items: z
    .array(z.strictObject({ title: z.string(), done: z.boolean().default(false) }))
    .min(1)
    .max(2)
    .optional(),
  fives: z.number().multipleOf(5).optional(),
  short: z.string().min(3).max(4).optional(),
  pair: z.array(z.number()).min(2).optional(),
  under: z.number().lt(3).optional(),
  none: z
    .strictObject({ inner: z.lazy(() => z.strictObject({ leaf: z.number() })) })
    .nullable()
    .optional(),
  shapes: z.union([z.enum(["a"]), z.array(z.number())]).optional(),
  date: z.custom<Date>((value) => value instanceof Date, "must be a date").optional(),
  flag: z.boolean().nullable().optional(),
  duo: z.tuple([z.strictObject({ left: z.number() })]).optional(),
  must: z.strictObject({ one: z.union([z.string(), z.array(z.string())]) }).optional(),
  mixed: z.union([z.boolean(), z.string().min(5)]).optional(),
  nested: z
    .union([
      z.strictObject({ a: z.strictObject({ b: z.number() }) }),
      z.strictObject({ a: z.strictObject({ c: z.number() }) }),
      z.strictObject({ d: z.number(), e: z.number(), f: z.number() }),
    ])
    .optional(),
  choice: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("circle"), radius: z.number() }),
      z.strictObject({ kind: z.literal("square"), side: z.number() }),
    ])
    .optional(),
  table: z.record(z.string().regex(/^[a-z]+$/), z.strictObject({ value: z.number() })).optional(),
});

function problemsIn(text: string, schema: z.ZodType = Spec): string[] {
  try {
    parseSpec(text, "f.yaml", schema);
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "SPEC_INVALID") return error.message.split("\n");
    throw error;
  }
  return [];
}

test("a sound spec gets its defaults and knows where its values stand", () => {
  const { value, locate } = parseSpec(
    "name: x\nitems:\n  - title: one\n  - done: true\n    title: two\n",
    "f.yaml",
    Spec,
  );
  expect(value).toEqual({
    name: "x",
    count: 1,
    items: [
      { title: "one", done: false },
      { title: "two", done: true },
    ],
  });
  expect(locate(["items", 1, "title"])).toEqual({ line: 5, column: 12 });
  expect(locate(["items", 1, "title"], "key")).toEqual({ line: 5, column: 5 });
  expect(locate(["items", 1, "absent", "deeper"])).toEqual({ line: 4, column: 5 });
  expect(locate([])).toEqual({ line: 1, column: 1 });
});

test("JSON has places too, and a byte order mark does not count", () => {
  const { value, locate } = parseSpec(
    '\uFEFF{\n  "name": "a\\"b", "items": [\r\n  {"title": "t", "done": true}]}',
    "f.json",
    Spec,
  );
  expect(value.name).toBe('a"b');
  expect(locate(["items", 0, "done"])).toEqual({ line: 3, column: 26 });
  expect(locate(["items", 0, "done"], "key")).toEqual({ line: 3, column: 18 });
});

test.for<[string, string[]]>([
  ["count: 1", ["f.yaml:1:1: name: is missing"]],
  ["name: 5", ["f.yaml:1:7: name: must be text (got 5)"]],
  ["name: ''", ['f.yaml:1:7: name: must not be empty (got "")']],
  ["name: x\ncount: 0", ["f.yaml:2:8: count: must be at least 1 (got 0)"]],
  ["name: x\ncount: 10", ["f.yaml:2:8: count: must be at most 9 (got 10)"]],
  ["name: x\ncount: 1.5", ["f.yaml:2:8: count: must be a whole number (got 1.5)"]],
  ["name: x\nratio: 0", ["f.yaml:2:8: ratio: must be more than 0 (got 0)"]],
  ["name: x\nlevel: LWO", ['f.yaml:2:8: level: must be one of LOW, HIGH; did you mean "LOW"? (got "LWO")']],
  ["name: x\nlevel: 1", ["f.yaml:2:8: level: must be one of LOW, HIGH (got 1)"]],
  ["name: x\nlink: nowhere", ['f.yaml:2:7: link: must be a valid url (got "nowhere")']],
  ["name: x\ncode: y", ['f.yaml:2:7: code: must look like x1 (got "y")']],
  ["name: x\neither: 3", ["f.yaml:2:9: either: must be text or a list (got 3)"]],
  ["name: x\neither: [3]", ["f.yaml:2:10: either[0]: must be text (got 3)"]],
  ["name: x\nbranch: {kind: a}", ["f.yaml:2:9: branch.size: is missing"]],
  ["name: x\nbranch: {kind: b, size: 1}", ['f.yaml:2:16: branch.kind: must be a (got "b")']],
  ["name: x\nitems: []", ["f.yaml:2:8: items: must not be empty (got [])"]],
  [
    "name: x\nitems: [{title: a}, {title: b}, {title: c}]",
    ['f.yaml:2:8: items: must have at most 2 elements (got [{"title":"a"},{"title":"b"},{"title":"c"}])'],
  ],
  ["name: x\nlevle: LOW", ['f.yaml:2:1: levle: is not a known field; did you mean "level"?']],
  [
    "name: x\nitems:\n  - titel: a\n    title: b",
    ['f.yaml:3:5: items[0].titel: is not a known field; did you mean "title"?'],
  ],
  [
    "name: x\nitems:\n  - title: b\n    zzzzzz: 1",
    ["f.yaml:4:5: items[0].zzzzzz: is not a known field; known are title, done"],
  ],
  [
    "name: x\ntable:\n  ok: {value: 1, vlaue: 2}\n  N0: {value: 1}",
    [
      'f.yaml:3:18: table.ok.vlaue: is not a known field; did you mean "value"?',
      "f.yaml:4:3: table.N0: is not a valid key: Invalid string: must match pattern /^[a-z]+$/",
    ],
  ],
  ["name: x\nfives: 7", ["f.yaml:2:8: fives: Invalid number: must be a multiple of 5 (got 7)"]],
  ["name: x\nshort: ab", ['f.yaml:2:8: short: must have at least 3 characters (got "ab")']],
  ["name: x\nshort: abcde", ['f.yaml:2:8: short: must have at most 4 characters (got "abcde")']],
  ["name: x\npair: [1]", ["f.yaml:2:7: pair: must have at least 2 elements (got [1])"]],
  ["name: x\nunder: 3", ["f.yaml:2:8: under: must be less than 3 (got 3)"]],
  [
    "name: x\nnone: {inner: {laef: 1}}",
    [
      "f.yaml:2:15: none.inner.leaf: is missing",
      'f.yaml:2:16: none.inner.laef: is not a known field; did you mean "leaf"?',
    ],
  ],
  ["name: x\nduo: 5", ["f.yaml:2:6: duo: must be a tuple (got 5)"]],
  ["name: x\nduo: [{lfet: 1, left: 1}]", ["f.yaml:2:8: duo[0].lfet: is not a known field"]],
  ["name: x\nmust: {}", ["f.yaml:2:7: must.one: is missing"]],
  ["name: x\nmixed: abc", ['f.yaml:2:8: mixed: must have at least 5 characters (got "abc")']],
  ["name: x\nmixed: 5", ["f.yaml:2:8: mixed: must be true or false or text (got 5)"]],
  [
    "name: x\nnested: {a: {x: 1}}",
    ["f.yaml:2:13: nested.a.b: is missing", "f.yaml:2:14: nested.a.x: is not a known field; known are b, c"],
  ],
  ["name: x\nchoice: 5", ["f.yaml:2:9: choice: must be a mapping (got 5)"]],
  ["name: x\nchoice: {}", ["f.yaml:2:9: choice.kind: is missing"]],
  [
    "name: x\nchoice: {kind: sqaure}",
    ['f.yaml:2:16: choice.kind: must be one of circle, square; did you mean "square"? (got "sqaure")'],
  ],
  [
    "name: x\nchoice: {kind: square, side: 1, sied: 2}",
    ['f.yaml:2:33: choice.sied: is not a known field; did you mean "side"?'],
  ],
  ["name: x\nshapes: b", ['f.yaml:2:9: shapes: must be a (got "b")']],
  ["name: x\nshapes: {}", ["f.yaml:2:9: shapes: must be a (got {})"]],
  ["name: x\ndate: 5", ["f.yaml:2:7: date: must be a date (got 5)"]],
  ["name: x\nflag: 5", ["f.yaml:2:7: flag: must be true or false (got 5)"]],
  ["", ["f.yaml:1:1: must be a mapping (got null)"]],
  ["[1]", ["f.yaml:1:1: must be a mapping (got [1])"]],
  [
    "levle: 1\ncount: 0",
    [
      "f.yaml:1:1: name: is missing",
      'f.yaml:1:1: levle: is not a known field; did you mean "level"?',
      "f.yaml:2:8: count: must be at least 1 (got 0)",
    ],
  ],
])("%j", ([text, problems]) => {
  expect(problemsIn(text)).toEqual(problems);
});

test("a long value is cut short, and every problem is in the details", () => {
  const [problem] = problemsIn(`name: x\nlevel: ${"y".repeat(500)}`);
  expect(problem?.length).toBeLessThan(150);
  try {
    parseSpec("name: 5", "f.yaml", Spec);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({
      details: [{ file: "f.yaml", line: 1, column: 7, path: "name", message: "must be text (got 5)" }],
    });
  }
});

const Anything = z.unknown();
const deep = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels);
const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefgh"
  .split("")
  .map((name, i) => `${name}: &${name} [${`*${"abcdefgh"[i]},`.repeat(9).slice(0, -1)}]`)
  .join("\n")}`;

describe("hostile text", () => {
  test.for<[string, string, RegExp]>([
    ["a key twice", "a: 1\na: 2", /^f\.yaml:2:1: the key "a" is there twice$/],
    ["a key twice in JSON", '{"a": 1,\n "a": 2}', /^f\.yaml:2:2: the key "a" is there twice$/],
    ["a tag", "a: !!js/function 'x'", /Unresolved tag/],
    ["a binary", "a: !!binary aGk=", /Unresolved tag/],
    ["a merge key", "a: &a {x: 1}\nb:\n  <<: *a", /^f\.yaml:3:3: merge keys/],
    ["a prototype", "a:\n  __proto__: {x: 1}", /^f\.yaml:2:3: the key "__proto__" is not allowed$/],
    [
      "a prototype in JSON",
      '{"a": {"constructor": 1}}',
      /^f\.yaml:1:8: the key "constructor" is not allowed$/,
    ],
    ["an escaped prototype in JSON", '{"\\u005f_proto__": 1}', /"__proto__" is not allowed/],
    ["a key that is a list", "? [a]\n: 1", /f\.yaml:1:3: /],
    ["two documents", "a: 1\n---\nb: 2", /documents/],
    ["another version of YAML", "%YAML 1.1\n---\na: yes", /only YAML 1.2/],
    ["half a letter", 'a: "\\uD800"', /^f\.yaml:1:4: half of a surrogate pair/],
    ["half a letter in JSON", '{"a": "\\uD800"}', /^f\.yaml:1:7: half of a surrogate pair/],
    ["half a letter in a key", '{"\\uD800": 1}', /^f\.yaml:1:2: half of a surrogate pair/],
    ["infinity", "a: .inf", /^f\.yaml:1:4: Infinity is not a JSON value$/],
    ["not a number", "a: .nan", /NaN is not a JSON value/],
    ["an alias without an anchor", "a: *b", /f\.yaml:1:4: /],
    ["a cycle", "a: &a\n  b: *a", /f\.yaml:2:6: the alias \*a has no anchor before it/],
    ["a billion laughs", bomb, /aliases make it larger/],
    ["depth in YAML", `a: ${deep("[", "]", 70)}`, /more than 64 levels/],
    ["depth in JSON", deep("[", "]", 70), /more than 64 levels/],
    ["depth that ends a stack", deep("[", "]", 200_000).slice(0, 400_000), /levels|nest/i],
    ["depth that ends the stack of the YAML reader", `a: ${deep("[", "]", 100_000)}`, /levels/],
    ["deep blocks", Array.from({ length: 400 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"), /levels/],
    ["size", `a: ${"x".repeat(1024 * 1024)}`, /^f\.yaml:1:1: is larger than 1048576 characters$/],
    ["no YAML", "a: [1, 2", /f\.yaml:1:/],
    ["a tab", "a:\n\tb: 1", /f\.yaml:2:/],
  ])("%s is refused with its place", ([, text, expected]) => {
    expect(problemsIn(text, Anything).join("\n")).toMatch(expected);
  });

  test.for<[string, string]>([
    ["many keys", Array.from({ length: 30_000 }, (_, i) => `k${i}: 1`).join("\n")],
    ["many keys in one line", `{${Array.from({ length: 30_000 }, (_, i) => `k${i}: 1`).join(", ")}}`],
    ["many anchors", Array.from({ length: 30_000 }, (_, i) => `- &k${i} 1`).join("\n")],
  ])("%s are read in a bearable time", ([, text]) => {
    expect(problemsIn(text, Anything)).toEqual([]);
  });

  test.for<[string, string]>([
    ["many tags", "- !x 1\n".repeat(20_000)],
    ["many aliases", `- &a [1]\n${"- *a\n".repeat(60_000)}`],
    ["many equal keys", `{${'"a":1,'.repeat(20_000)}"a":1}`],
  ])("of the faults of %s only the first are told", ([, text]) => {
    expect(problemsIn(text, Anything).length).toBeLessThanOrEqual(51);
  });

  test("an alias is a copy, so that nothing is shared", () => {
    const { value } = readSpec("a: &x {n: [1]}\nb: *x", "f.yaml");
    expect(value).toEqual({ a: { n: [1] }, b: { n: [1] } });
    const { a, b } = value as { a: object; b: object };
    expect(a).not.toBe(b);
  });

  test("words of YAML 1.1 are text, and keys are text", () => {
    expect(readSpec("a: yes\nb: 012\n1: x\nc: 2001-01-01\nd: 0x10\ne: ~", "f.yaml").value).toEqual({
      a: "yes",
      b: 12,
      1: "x",
      c: "2001-01-01",
      d: 16,
      e: null,
    });
  });
});

test("JSON text is read as JSON.parse reads it, with the place of every value", () => {
  const key = fc.string().filter((text) => !["__proto__", "constructor", "prototype", "<<"].includes(text));
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: "small" },
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      tie("list"),
      tie("object"),
    ),
    list: fc.array(tie("json"), { maxLength: 4 }),
    object: fc.dictionary(key, tie("json"), { maxKeys: 4 }),
  }));
  fc.assert(
    fc.property(fc.dictionary(key, json), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      const source = readSpec(text, "f.json");
      expect(source.value).toEqual(JSON.parse(text));
      for (const [name, member] of Object.entries(value)) {
        const { line, column } = source.locate([name]);
        const rest = text
          .split("\n")
          .slice(line - 1)
          .join("\n")
          .slice(column - 1);
        expect(rest.startsWith(JSON.stringify(member, undefined, indent).split("\n")[0] ?? "")).toBe(true);
      }
    }),
  );
});

test("no text makes it throw anything but SPEC_INVALID", () => {
  const piece = fc.constantFrom(
    "a",
    ":",
    " ",
    "\n",
    "-",
    "[",
    "]",
    "{",
    "}",
    "&x",
    "*x",
    "!",
    '"',
    "'",
    "|",
    ">",
    "#",
    "%",
    "?",
    "<<",
    ",",
    "\t",
    "~",
    "1",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        const { value } = readSpec(pieces.join(""), "f");
        JSON.stringify(value);
      } catch (error) {
        expect(error).toMatchObject({ code: "SPEC_INVALID" });
      }
    }),
    { numRuns: 500 },
  );
});

test("a spec that was made in code, and holds what no file can, is told what it holds", () => {
  const source = { file: "made in code", value: { name: () => 1 }, locate: () => ({ line: 1, column: 1 }) };
  expect(() => checkSpec(source, Spec)).toThrow("made in code:1:1: name: must be text (got function)");
});

test("a source can be checked against several schemas", () => {
  const source = readSpec("name: x", "f.yaml");
  expect(checkSpec(source, z.looseObject({ name: z.string() }))).toEqual({ name: "x" });
  expect(() => checkSpec(source, z.strictObject({}))).toThrow("f.yaml:1:1: name: is not a known field");
});

test.for<[(string | number)[], string]>([
  [[], ""],
  [["a"], "a"],
  [["a", 0, "b", "c"], "a[0].b.c"],
])("%j is shown as %s", ([path, text]) => {
  expect(showPath(path)).toBe(text);
});
