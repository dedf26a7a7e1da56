import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { resolveTemplates, templatesIn } from "./template.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:templates");

const VARIABLES: Readonly<Record<string, unknown>> = {
  text: "hello",
  empty: "",
  number: 3,
  yes: true,
  none: null,
  list: ["a", { b: "c" }],
  step: { field: "f", "with-dash": 1, deep: { er: [10, 20] } },
  template: "{{ text }}",
  "dash-ed": "d",
};

function resolve(value: unknown, unresolved: "error" | "keep" = "error"): unknown {
  return resolveTemplates(value, VARIABLES, unresolved, "s.inputs");
}

describe("resolves", () => {
  test.for<[unknown, unknown]>([
    ["{{ text }}", "hello"],
    ["{{text}}", "hello"],
    ["{{\n text\t}}", "hello"],
    ["{{ number }}", 3],
    ["{{ yes }}", true],
    ["{{ none }}", null],
    ["{{ empty }}", ""],
    ["{{ list }}", ["a", { b: "c" }]],
    ["{{ list.1.b }}", "c"],
    ["{{ step.deep.er.0 }}", 10],
    ["{{ step.with-dash }}", 1],
    ["{{ dash-ed }}", "d"],
    [" {{ number }}", " 3"],
    ["{{ number }}\n", "3\n"],
    ["{{ text }}{{ number }}", "hello3"],
    ["<{{ yes }}|{{ none }}|{{ list }}>", '<true|null|["a",{"b":"c"}]>'],
    ["{{ template }}", "{{ text }}"],
    ["[{{ template }}]", "[{{ text }}]"],
    ["{ {text} }", "{ {text} }"],
    ["{{ two words }}", "{{ two words }}"],
    ["{{}}", "{{}}"],
    ["{{{text}}}", "{hello}"],
    ["{{#section}}", "{{#section}}"],
    [5, 5],
    [null, null],
    [{ "{{ text }}": ["{{ text }}", { deep: "{{ number }}" }] }, { "{{ text }}": ["hello", { deep: 3 }] }],
  ])("%j to %j", ([value, expected]) => {
    expect(resolve(value)).toEqual(expected);
  });
});

describe("what cannot be resolved", () => {
  test.for<[string, string]>([
    ["{{ missing }}", "missing"],
    ["x {{ step.missing }}", "step.missing"],
    ["{{ text.length }}", "text.length"],
    ["{{ list.length }}", "list.length"],
    ["{{ list.2 }}", "list.2"],
    ["{{ list.-1 }}", "list.-1"],
    ["{{ list.01x }}", "list.01x"],
    ["{{ none.x }}", "none.x"],
    ["{{ step..field }}", "step..field"],
    ["{{ .text }}", ".text"],
    ["{{ constructor }}", "constructor"],
    ["{{ step.__proto__ }}", "step.__proto__"],
    ["{{ step.constructor.name }}", "step.constructor.name"],
    ["{{ toString }}", "toString"],
    ["{{ list.map }}", "list.map"],
  ])("%s is an error that names the path and the place", ([text, path]) => {
    expect(() => resolve({ a: [text] })).toThrow(
      expect.objectContaining({
        code: "TEMPLATE_UNRESOLVED",
        message: `Nothing defines {{ ${path} }} in s.inputs.a[0].`,
        details: { path, at: "s.inputs.a[0]" },
      }),
    );
  });

  test("stays as it is written where it is kept", () => {
    expect(resolve(["{{ missing }}", "a {{ text }} {{  missing.x}}"], "keep")).toEqual([
      "{{ missing }}",
      "a hello {{  missing.x}}",
    ]);
  });
});

test("a result that would be too large or too deep is refused", () => {
  const large = { big: "x".repeat(1024 * 1024) };
  expect(() => resolveTemplates("{{ big }}.".repeat(65), large, "error", "s")).toThrow(
    expect.objectContaining({ code: "LIMIT_EXCEEDED" }),
  );
  expect(() =>
    resolveTemplates(
      Array.from({ length: 65 }, () => "{{ big }}."),
      large,
      "error",
      "s",
    ),
  ).toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
  let deep: unknown = "{{ big }}";
  for (let level = 0; level < 600; level++) deep = [deep];
  expect(() => resolveTemplates(deep, large, "error", "s")).toThrow(
    expect.objectContaining({ code: "LIMIT_EXCEEDED" }),
  );
});

test("a hostile member name neither changes a prototype nor is lost", () => {
  const resolved = resolve(JSON.parse('{"__proto__": {"x": "{{ text }}"}}')) as object;
  expect(Object.getPrototypeOf(resolved)).toBe(Object.prototype);
  expect(JSON.stringify(resolved)).toBe('{"__proto__":{"x":"hello"}}');
});

test("every template is found with its place", () => {
  expect(templatesIn({ a: ["{{ x }} and {{y.z}}"], b: { c: "{{ x }}" }, d: 1, e: null })).toEqual([
    { path: "x", at: ["a", 0] },
    { path: "y.z", at: ["a", 0] },
    { path: "x", at: ["b", "c"] },
  ]);
});

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,8}$/).filter((text) => !(text in {}));

describe("properties", () => {
  test("a whole template gives the very value, at any depth", () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), fc.jsonValue(), (path, value) => {
        let variables: unknown = value;
        for (const part of path.toReversed()) variables = { [part]: variables };
        expect(
          resolveTemplates(`{{ ${path.join(".")} }}`, variables as Record<string, unknown>, "error", "s"),
        ).toBe(value);
      }),
    );
  });

  test("text without a template comes through unchanged", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!JSON.stringify(value).includes("{{"));
        expect(resolveTemplates(value, VARIABLES, "error", "s")).toEqual(value);
      }),
    );
  });

  test("embedded text is put in letter by letter and never read again", () => {
    const hostile = fc
      .array(fc.constantFrom("{{ secret }}", "{{", "}}", "$&", "$1", "\\", "x", "{"), { maxLength: 6 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(hostile, hostile, (before, value) => {
        const prefix = before.replaceAll("{", "(");
        expect(resolveTemplates(`${prefix}{{ v }}!`, { v: value, secret: "s3cret" }, "error", "s")).toBe(
          `${prefix}${value}!`,
        );
      }),
    );
  });

  test("what it says it found is what it resolves", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("{{ a }}", "{{ b.c }}", "{{", "}}", " ", ","), { maxLength: 8 }),
        (parts) => {
          const text = parts.join("");
          const paths = templatesIn(text).map(({ path }) => path);
          const given = { a: "A", b: { c: "C" } };
          expect(() => resolveTemplates(text, given, "error", "s")).not.toThrow();
          if (paths.length > 0)
            expect(() => resolveTemplates(text, {}, "error", "s")).toThrow(`{{ ${paths[0]} }}`);
        },
      ),
    );
  });
});
