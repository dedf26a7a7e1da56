import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { createTestContext } from "../test-context.ts";
import { handler } from "./template-render.ts";
import { verifies } from "../../../test/requirements.ts";

verifies("stdlib:contract");

type Syntax = "mustache" | "jinja2" | "simple";

async function render(
  syntax: Syntax,
  template: string,
  variables: object | string = {},
  escape: "none" | "html" = "none",
) {
  const { rendered } = await handler(createTestContext(), {
    template,
    variables: variables as string,
    syntax,
    escape,
  });
  return rendered;
}

describe("mustache", () => {
  test.for<[string, string, object, string]>([
    ["a path", "{{ a.b.0 }}", { a: { b: ["x"] } }, "x"],
    ["what is missing", "[{{a.b}}{{c}}]", { a: {} }, "[]"],
    ["numbers, false and null", "{{a}} {{b}} {{c}}", { a: 1.5, b: false, c: null }, "1.5 false "],
    ["a list as JSON", "{{a}}", { a: [1, { b: "x" }] }, '[1,{"b":"x"}]'],
    ["a section over a list of texts", "{{#a}}<{{.}}>{{/a}}", { a: ["x", "y"] }, "<x><y>"],
    ["a section over an object", "{{#a}}{{b}}{{c}}{{/a}}", { a: { b: 1 }, c: 2 }, "12"],
    [
      "a section of false, zero, empty",
      "{{#a}}x{{/a}}{{#b}}x{{/b}}{{#c}}x{{/c}}",
      { a: false, b: 0, c: [] },
      "",
    ],
    ["an inverted section", "{{^a}}none{{/a}}{{^b}}none{{/b}}", { b: 1 }, "none"],
    ["the innermost level wins", "{{#a}}{{n}}{{/a}}", { n: 1, a: [{ n: 2 }, {}] }, "21"],
    ["a comment", "a{{! no }}b", {}, "ab"],
    ["tags alone on their lines", "a\n  {{#b}}\r\nx\n  {{/b}}\n{{! c }}\nd", { b: true }, "a\nx\nd"],
    ["tags that share a line", "{{#b}} x {{/b}}\n", { b: true }, " x \n"],
    ["a last line", "a\n{{#b}}\nc\n{{/b}}", { b: true }, "a\nc\n"],
    ["other delimiters", "{{=<% %>=}}<% a %> {{a}} <%={{ }}=%>{{a}}", { a: 1 }, "1 {{a}} 1"],
    ["three braces and &", "{{{a}}}{{&a}}", { a: "<" }, "<<"],
  ])("%s", async ([, template, variables, expected]) => {
    expect(await render("mustache", template, variables)).toBe(expected);
  });

  test.for<[string, string, string]>([
    ["a tag without an end", "a\nb {{c", "line 2"],
    ["three braces without an end", "{{{c}}", "line 1"],
    ["a section that is not open", "{{/a}}", "not the open section"],
    ["crossed sections", "{{#a}}{{#b}}{{/a}}{{/b}}", "not the open section"],
    ["faulty delimiters", "{{=a=}}", "delimiters"],
  ])("%s is refused", async ([, template, message]) => {
    await expect(render("mustache", template)).rejects.toMatchObject({
      code: "CONTENT_INVALID",
      message: expect.stringContaining(message) as string,
    });
  });

  test("escapes for HTML on request, but not what is marked as raw", async () => {
    expect(await render("mustache", "{{a}}{{{a}}}", { a: "<&>\"'" }, "html")).toBe(
      "&lt;&amp;&gt;&quot;&#39;<&>\"'",
    );
  });
});

describe("simple", () => {
  test.for<[string, string, object, string]>([
    ["paths", "{{a}}-{{ b.0.c-d }}", { a: 1, b: [{ "c-d": true }] }, "1-true"],
    ["null", "[{{a}}]", { a: null }, "[]"],
    ["what is no tag", "{{#a}} {{ }} {a} }}", {}, "{{#a}} {{ }} {a} }}"],
  ])("%s", async ([, template, variables, expected]) => {
    expect(await render("simple", template, variables)).toBe(expected);
  });
});

describe("every syntax", () => {
  const syntax = fc.constantFrom<Syntax[]>("mustache", "jinja2", "simple");
  const text = fc.string({ unit: "grapheme" }).filter((value) => !/[{%#}]/.test(value));

  test("leaves a text without tags as it is", async () => {
    await fc.assert(
      fc.asyncProperty(syntax, text, async (kind, value) => {
        expect(await render(kind, value)).toBe(value);
      }),
    );
  });

  test("shows a text variable unchanged", async () => {
    await fc.assert(
      fc.asyncProperty(syntax, fc.string({ unit: "grapheme" }), async (kind, value) => {
        expect(await render(kind, "<{{ value }}>", JSON.stringify({ value }))).toBe(`<${value}>`);
      }),
    );
  });

  test.for<[string, string, string]>([
    ["a list", "[]", "INPUT_INVALID"],
    ["cut off", "{", "CONTENT_INVALID"],
  ])("refuses variables that are %s, even without tags", async ([, variables, code]) => {
    await expect(render("mustache", "x", variables)).rejects.toMatchObject({ code });
  });
});
