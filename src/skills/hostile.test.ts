import { describe, expect, test } from "vitest";

import { HANDLERS } from "./handlers.ts";
import { createTestContext } from "./test-context.ts";
import { verifies } from "../../test/requirements.ts";

verifies("stdlib:hostile");

const render = (syntax: string, template: string, variables: object = {}) => ({
  template,
  variables,
  syntax,
  escape: "none",
});
const jinja = (template: string, variables?: object) => render("jinja2", template, variables);
const mustache = (template: string, variables?: object) => render("mustache", template, variables);
const calculate = (formula: string) => ({
  data: [{ a: 1 }],
  operations: [{ type: "calculate", formula, output_column: "x" }],
});
const csv = { delimiter: ",", header: true, trim: false };
const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const laughs = Array.from(
  { length: 9 },
  (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]`,
);
const tens = Array.from({ length: 10 }, () => 0);
const nestedSections = "{{#a}}".repeat(9) + "{{/a}}".repeat(9);
const nestedLoops = "{% for i in range(1000) %}".repeat(4) + "{% endfor %}".repeat(4);

describe("an attack fails with its code, and the runtime lives on", () => {
  test.for<[string, string, object, string]>([
    [
      "regex: nested quantifiers",
      "text.regex.match",
      { text: "a".repeat(50) + "!", pattern: "(a+)+$", flags: [] },
      "LIMIT_EXCEEDED",
    ],
    [
      "regex: optional chain",
      "text.regex.match",
      { text: "a".repeat(40), pattern: "a?".repeat(40) + "a".repeat(41), flags: [] },
      "LIMIT_EXCEEDED",
    ],
    [
      "regex: quadratic on a large text",
      "text.regex.match",
      { text: "a".repeat(500_000), pattern: "a*b", flags: ["g"] },
      "LIMIT_EXCEEDED",
    ],
    [
      "regex: too many matches",
      "text.regex.match",
      { text: "a".repeat(200_000), pattern: "", flags: ["g"] },
      "LIMIT_EXCEEDED",
    ],
    [
      "regex: half a character",
      "text.regex.match",
      { text: "😀", pattern: "(?=\\_|.).", flags: [] },
      "CONTENT_INVALID",
    ],
    [
      "json: nested too deeply",
      "data.json.parse",
      { json_string: deep(501), strict: true },
      "LIMIT_EXCEEDED",
    ],
    [
      "json: nested a million times",
      "data.json.parse",
      { json_string: deep(1_000_000), strict: true },
      "LIMIT_EXCEEDED",
    ],
    [
      "json: half a surrogate pair",
      "data.json.parse",
      { json_string: '"\\ud800"', strict: true },
      "CONTENT_INVALID",
    ],
    [
      "json: a number that is none",
      "data.json.parse",
      { json_string: "1e999", strict: true },
      "CONTENT_INVALID",
    ],
    [
      "json: lax, unclosed string",
      "data.json.parse",
      { json_string: '"\\"'.repeat(50_001), strict: false },
      "CONTENT_INVALID",
    ],
    [
      "json: lax, unclosed comment",
      "data.json.parse",
      { json_string: "/*".repeat(100_000), strict: false },
      "CONTENT_INVALID",
    ],
    [
      "json get: prototype",
      "data.json.get",
      { json_string: "{}", path: "constructor.name" },
      "INPUT_INVALID",
    ],
    ["json get: length of a list", "data.json.get", { json_string: "[1]", path: "length" }, "INPUT_INVALID"],
    [
      "jsonpath: every level again",
      "data.jsonpath.query",
      { json_string: "[".repeat(100) + "]".repeat(100), path: "$" + "..*".repeat(8) },
      "LIMIT_EXCEEDED",
    ],
    [
      "jsonpath: slow expression in a filter",
      "data.jsonpath.query",
      { json_string: ["a".repeat(50) + "!"], path: "$[?match(@, '(a+)+')]" },
      "LIMIT_EXCEEDED",
    ],
    [
      "yaml: billion laughs",
      "data.yaml.parse",
      { yaml_string: ["a0: &a0 lol", ...laughs].join("\n") },
      "LIMIT_EXCEEDED",
    ],
    ["yaml: nested too deeply", "data.yaml.parse", { yaml_string: deep(100_000) }, "LIMIT_EXCEEDED"],
    ["yaml: unknown tag", "data.yaml.parse", { yaml_string: "!!js/function 'x'" }, "CONTENT_INVALID"],
    ["yaml: not a number", "data.yaml.parse", { yaml_string: "a: .nan" }, "CONTENT_INVALID"],
    ["yaml: two documents", "data.yaml.parse", { yaml_string: "a: 1\n---\nb: 2\n" }, "CONTENT_INVALID"],
    [
      "csv: long names, many rows",
      "data.csv.parse",
      { ...csv, csv_string: "x".repeat(100_000) + "\n1".repeat(10_000) },
      "LIMIT_EXCEEDED",
    ],
    [
      "csv: too many cells",
      "data.csv.parse",
      { ...csv, csv_string: ",".repeat(2_000_001) },
      "LIMIT_EXCEEDED",
    ],
    ["csv: a column twice", "data.csv.parse", { ...csv, csv_string: "a,a\n1,2" }, "CONTENT_INVALID"],
    [
      "csv: many columns, many rows",
      "data.csv.stringify",
      { ...csv, rows: Array.from({ length: 2000 }, (_, i) => ({ [`c${i}`]: i })) },
      "LIMIT_EXCEEDED",
    ],
    [
      "formula: member of the host",
      "math.pandas.calculate",
      calculate("a.constructor"),
      "EXPRESSION_INVALID",
    ],
    [
      "formula: function of the host",
      "math.pandas.calculate",
      calculate("constructor(1)"),
      "EXPRESSION_INVALID",
    ],
    ["formula: this", "math.pandas.calculate", calculate("this"), "EXPRESSION_INVALID"],
    ["formula: assignment", "math.pandas.calculate", calculate("a = 1"), "EXPRESSION_INVALID"],
    ["formula: list", "math.pandas.calculate", calculate("[a]"), "EXPRESSION_INVALID"],
    ["formula: several", "math.pandas.calculate", calculate("a; a"), "EXPRESSION_INVALID"],
    ["formula: prototype as a name", "math.pandas.calculate", calculate("__proto__"), "INPUT_INVALID"],
    ["formula: infinite", "math.pandas.calculate", calculate("a / 0"), "CONTENT_INVALID"],
    [
      "table: a column for each row",
      "math.pandas.calculate",
      { ...calculate("1"), data: Array.from({ length: 2000 }, (_, i) => ({ [`c${i}`]: i })) },
      "LIMIT_EXCEEDED",
    ],
    [
      "simple: prototype",
      "text.template.render",
      render("simple", "{{ constructor.name }}"),
      "INPUT_INVALID",
    ],
    [
      "simple: larger than allowed",
      "text.template.render",
      render("simple", "{{ a }}".repeat(40), { a: "x".repeat(1_000_000) }),
      "LIMIT_EXCEEDED",
    ],
    [
      "mustache: sections multiply",
      "text.template.render",
      mustache(nestedSections, { a: tens }),
      "LIMIT_EXCEEDED",
    ],
    [
      "mustache: nested too deeply",
      "text.template.render",
      mustache("{{#a}}".repeat(1000)),
      "LIMIT_EXCEEDED",
    ],
    [
      "mustache: larger than allowed",
      "text.template.render",
      mustache("{{ a }}".repeat(40), { a: "x".repeat(1_000_000) }),
      "LIMIT_EXCEEDED",
    ],
    ["mustache: partial from disk", "text.template.render", mustache("{{> /etc/passwd}}"), "CONTENT_INVALID"],
    ["jinja: nested loops", "text.template.render", jinja(nestedLoops), "LIMIT_EXCEEDED"],
    ["jinja: huge range", "text.template.render", jinja("{{ range(1000000000) }}"), "LIMIT_EXCEEDED"],
    [
      "jinja: list that doubles",
      "text.template.render",
      jinja("{% set a = range(9999) %}" + "{% set a = a + a %}".repeat(40)),
      "LIMIT_EXCEEDED",
    ],
    [
      "jinja: text that doubles",
      "text.template.render",
      jinja("{% set a = 'xxxxxxxx' %}" + "{% set a = a ~ a %}".repeat(40)),
      "LIMIT_EXCEEDED",
    ],
    [
      "jinja: list that holds itself often",
      "text.template.render",
      jinja("{% set a = [1] %}" + "{% set a = [a, a] %}".repeat(60) + "{{ a }}"),
      "LIMIT_EXCEEDED",
    ],
    [
      "jinja: replacement that multiplies",
      "text.template.render",
      jinja("{{ a | replace('x', a) }}", { a: "x".repeat(20_000) }),
      "LIMIT_EXCEEDED",
    ],
    [
      "jinja: huge indent",
      "text.template.render",
      jinja("{{ 'x' | indent(530000000, true) }}"),
      "CONTENT_INVALID",
    ],
    [
      "jinja: huge json indent",
      "text.template.render",
      jinja("{{ [1] | tojson(indent=500000000) }}"),
      "CONTENT_INVALID",
    ],
    [
      "jinja: join that multiplies",
      "text.template.render",
      jinja("{{ range(10000) | join(a) }}", { a: "x".repeat(10_000) }),
      "LIMIT_EXCEEDED",
    ],
    [
      "jinja: endless recursion",
      "text.template.render",
      jinja("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
      "LIMIT_EXCEEDED",
    ],
    [
      "jinja: deep parentheses",
      "text.template.render",
      jinja(`{{ ${"(".repeat(200_000)} }}`),
      "LIMIT_EXCEEDED",
    ],
    [
      "jinja: white space before a tag",
      "text.template.render",
      jinja(" ".repeat(900_000) + "{% x"),
      "LIMIT_EXCEEDED",
    ],
    [
      "jinja: longer than allowed",
      "text.template.render",
      jinja("{{ a }}".repeat(200_000)),
      "LIMIT_EXCEEDED",
    ],
    [
      "jinja: call of the host",
      "text.template.render",
      jinja("{{ ''.constructor.constructor('return process')() }}"),
      "CONTENT_INVALID",
    ],
    [
      "jinja: method of the host",
      "text.template.render",
      jinja("{{ a.hasOwnProperty('x') }}", { a: {} }),
      "CONTENT_INVALID",
    ],
    ["jinja: the clock", "text.template.render", jinja("{{ strftime_now('%Y') }}"), "CONTENT_INVALID"],
    [
      "jinja: include from disk",
      "text.template.render",
      jinja("{% include '/etc/passwd' %}"),
      "CONTENT_INVALID",
    ],
    ["environment: a secret", "sys.info.get_env_var", { var_name: "AWS_SECRET_ACCESS_KEY" }, "DENIED"],
    ["environment: a name of the prototype", "sys.info.get_env_var", { var_name: "constructor" }, "DENIED"],
    ["base64: bytes that are no text", "data.base64.decode", { base64: "7aCA" }, "CONTENT_INVALID"],
    [
      "diff: two texts without anything in common",
      "text.diff.unified",
      { old_text: lines(0), new_text: lines(1), old_name: "a", new_name: "b", context: 3 },
      "LIMIT_EXCEEDED",
    ],
  ])("%s", async ([, id, inputs, code]) => {
    const handler = await HANDLERS[id]?.();
    await expect(handler?.(createTestContext(), inputs as Record<string, unknown>)).rejects.toMatchObject({
      code,
    });
  });
});

describe("hostile names stay plain data", () => {
  test.for<[string, string, Record<string, unknown>, object]>([
    [
      "mustache",
      "text.template.render",
      mustache("[{{constructor}}{{toString}}{{a.__proto__}}{{#valueOf}}x{{/valueOf}}]", { a: {} }),
      { rendered: "[]" },
    ],
    [
      "jinja",
      "text.template.render",
      jinja("[{{ a.constructor }}{{ a['__proto__'] }}{{ constructor }}]", { a: {} }),
      { rendered: "[]" },
    ],
    [
      "json",
      "data.json.parse",
      { json_string: '{"__proto__": {"x": 1}}', strict: true },
      { data: '{"__proto__":{"x":1}}' },
    ],
    [
      "yaml",
      "data.yaml.parse",
      { yaml_string: "__proto__: {x: 1}" },
      { value: JSON.parse('{"__proto__": {"x": 1}}') as unknown },
    ],
    [
      "merge",
      "data.json.merge",
      { target: "{}", patch: '{"__proto__": {"x": 1}}', deep: false },
      { value: JSON.parse('{"__proto__": {"x": 1}}') as unknown },
    ],
    [
      "csv",
      "data.csv.parse",
      { ...csv, csv_string: "__proto__\n1" },
      { rows: [JSON.parse('{"__proto__": "1"}') as unknown] },
    ],
  ])("%s", async ([, id, inputs, outputs]) => {
    const handler = await HANDLERS[id]?.();
    const result = await handler?.(createTestContext(), inputs);
    expect(JSON.stringify(result)).toContain(JSON.stringify(outputs).slice(1, -1));
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});

function lines(remainder: number): string {
  return Array.from({ length: 60_000 }, (_, i) => `line ${i * 2 + remainder}\n`).join("");
}
