import { describe, expect, test } from "vitest";

import { escapeHtml } from "./html-escape.ts";
import { renderJinja } from "./jinja.ts";
import { verifies } from "../../../test/requirements.ts";

verifies("stdlib:contract");

const items = [
  { n: "b", p: 2, on: true },
  { n: "a", p: 10, on: false },
];

const render = (
  template: string,
  variables: { readonly [name: string]: unknown } = { items, t: "Hello World", none: null },
) => renderJinja(template, variables, (text) => text);

test.for<[string, string, string]>([
  ["text around", "a {{ t }} b", "a Hello World b"],
  ["what is missing", "[{{ missing }}]", "[]"],
  ["constants as in Python", "{{ true }} {{ False }} {{ none }}", "True False None"],
  [
    "arithmetic",
    "{{ 7 // 2 }} {{ 7 / 2 }} {{ -7 % 3 }} {{ 2 ** 3 }} {{ 1 + 2 * 3 }} {{ -(2) }}",
    "3 3.5 2 8 7 -2",
  ],
  [
    "comparisons",
    "{{ 1 < 2 }} {{ 'a' >= 'b' }} {{ 1 == 1 }} {{ [1] != [2] }} {{ 2 <= 1 }} {{ 2 > 1 }}",
    "True False True True False True",
  ],
  ["logic gives the operand", "{{ '' or 'x' }} {{ 1 and 2 }} {{ 0 and 2 }} {{ not [] }}", "x 2 0 True"],
  ["joining and adding", "{{ 'a' ~ 1 }} {{ 'a' + 'b' }} {{ [1] + [2] }}", "a1 ab [1, 2]"],
  ["in", "{{ 'ell' in t }} {{ 3 not in [1] }} {{ 'n' in items[0] }}", "True True True"],
  [
    "members and indexes",
    "{{ items[0].n }}{{ items[-1]['n'] }}{{ items.0 }}{{ t[0] }}",
    'ba{"n": "b", "p": 2, "on": true}H',
  ],
  [
    "slices",
    "{{ t[1:4] }} {{ t[::-1] }} {{ [1,2,3][-2:] }} {{ [1,2,3][:1] }} {{ [1,2,3][2:0:-1] }}",
    "ell dlroW olleH [2, 3] [1] [3, 2]",
  ],
  ["a condition in an expression", "{{ 'y' if items else 'n' }}{{ 'y' if false }}", "y"],
  ["if, elif, else", "{% if 0 %}a{% elif 1 %}b{% else %}c{% endif %}", "b"],
  [
    "for with loop",
    "{% for i in items %}{{ loop.index }}{{ i.n }}{% if not loop.last %},{% endif %}{% endfor %}",
    "1b,2a",
  ],
  ["for over pairs", "{% for k, v in {'x': 1, 'y': 2}.items() %}{{ k }}={{ v }};{% endfor %}", "x=1;y=2;"],
  ["for with a condition", "{% for i in items if i.on %}{{ i.n }}{% endfor %}", "b"],
  ["for over nothing", "{% for i in missing %}x{% else %}none{% endfor %}", "none"],
  [
    "for over an object and a text",
    "{% for k in items[0] %}{{ k }}{% endfor %}{% for c in 'xy' %}{{ c }}.{% endfor %}",
    "nponx.y.",
  ],
  [
    "break and continue",
    "{% for i in range(9) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "02",
  ],
  ["range with a step", "{{ range(5, 1, -2) }}{{ range(2, 4) }}", "[5, 3][2, 3]"],
  ["set stays in its loop", "{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}", "1"],
  [
    "set of several and of a block",
    "{% set a, b = [1, 2] %}{{ a }}{{ b }}{% set c %}<{{ a }}>{% endset %}{{ c }}",
    "12<1>",
  ],
  [
    "a namespace",
    "{% set ns = namespace(n=0) %}{% for i in items %}{% set ns.n = ns.n + i.p %}{% endfor %}{{ ns.n }}",
    "12",
  ],
  [
    "a macro",
    "{% macro m(a, b='x') %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3) }}",
    "[1x][12][3]",
  ],
  ["a filter block", "{% filter upper %}a{{ t }}{% endfilter %}", "AHELLO WORLD"],
  ["a comment", "a{# b #}c", "ac"],
  ["white space control", "a  {%- if 1 -%}  b  {%- endif %}", "ab"],
  [
    "text filters",
    "{{ t | upper }}{{ t | lower }}{{ 'ab cd' | title }}{{ 'aB' | capitalize }}{{ ' x ' | trim }}",
    "HELLO WORLDhello worldAb CdAbx",
  ],
  ["replace and escape", "{{ 'aXa' | replace('X', '-') }}{{ '<' | e }}", "a-a&lt;"],
  ["indent", "{{ 'a\\nb' | indent(2) }}|{{ 'a' | indent(2, true) }}", "a\n  b|  a"],
  ["default", "{{ missing | default('d') }}{{ '' | default('d', true) }}{{ 0 | d('d') }}", "dd0"],
  [
    "numbers",
    "{{ '3.7' | float }} {{ '3.7' | int }} {{ 'x' | int }} {{ -2 | abs }} {{ 2.345 | round(1) }}",
    "3.7 3 0 2 2.3",
  ],
  [
    "list filters",
    "{{ [3,1,2] | sort }}{{ [3,1] | first }}{{ [3,1] | last }}{{ [1,1,2] | unique }}{{ [1,2] | reverse | list }}",
    "[1, 2, 3]31[1, 2][2, 1]",
  ],
  [
    "totals",
    "{{ [1,2] | sum }}{{ items | sum(attribute='p') }}{{ [3,1] | min }}{{ [3,1] | max }}{{ [] | max }}{{ t | length }}",
    "3121311",
  ],
  [
    "by attribute",
    "{{ items | sort(attribute='p', reverse=true) | map(attribute='n') | join(', ') }}",
    "a, b",
  ],
  ["join by attribute", "{{ items | join('+', attribute='p') }}", "2+10"],
  [
    "selecting",
    "{{ items | selectattr('on') | map(attribute='n') | list }}{{ items | rejectattr('p', 'gt', 5) | list | length }}",
    '["b"]1',
  ],
  [
    "select and reject",
    "{{ range(5) | select('odd') | list }}{{ range(5) | reject('divisibleby', 2) | list }}",
    "[1, 3][1, 3]",
  ],
  ["map with a filter", "{{ ['a', 'b'] | map('upper') | join }}", "AB"],
  [
    "dictsort and items",
    "{{ {'b': 1, 'a': 2} | dictsort }}{{ {'b': 1} | items }}",
    '[["a", 2], ["b", 1]][["b", 1]]',
  ],
  [
    "json",
    "{{ items[0] | tojson }}{{ [1, [], {}] | tojson(indent=1) }}",
    '{"n": "b", "p": 2, "on": true}[\n 1,\n [],\n {}\n]',
  ],
  ["reverse of a text, string", "{{ 'abc' | reverse }}{{ 1 | string ~ 'x' }}{{ 'ß' | escape }}", "cba1xß"],
  [
    "tests",
    "{{ x is defined }}{{ t is string }}{{ 1 is number }}{{ none is none }}{{ 4 is even }}{{ 3 is odd }}{{ t is not mapping }}",
    "FalseTrueTrueTrueTrueTrueTrue",
  ],
  [
    "more tests",
    "{{ true is true }}{{ true is boolean }}{{ 1 is integer }}{{ [] is sequence }}{{ {} is iterable }}{{ x is undefined }}{{ 1 is false }}",
    "TrueTrueTrueTrueTrueTrueFalse",
  ],
  [
    "tests with an operand",
    "{{ [1,2,3] | select('ge', 2) | list }}{{ [1,2] | select('lt', 2) | list }}{{ [1,2] | select('le', 1) | list }}{{ [1,2] | select('eq', 1) | list }}{{ [1,2] | reject('equalto', 1) | list }}{{ [1,2] | select('ne', 1) | list }}{{ [1,2] | select('in', [2]) | list }}",
    "[2, 3][1][1][1][2][2][2]",
  ],
  [
    "text methods",
    "{{ t.upper() }}{{ t.startswith('He') }}{{ t.endswith('x') }}{{ ' a '.strip() }}{{ ' a '.lstrip() }}{{ ' a '.rstrip() }}",
    "HELLO WORLDTrueFalseaa  a",
  ],
  [
    "more text methods",
    "{{ 'a b'.split() }}{{ 'a,b'.split(',') }}{{ '-'.join(['a']) }}{{ 'a'.title() }}{{ 'A'.lower() }}{{ 'a'.capitalize() }}{{ 'a'.replace('a', 'b') }}",
    '["a", "b"]["a", "b"]aAaAb',
  ],
  [
    "object methods",
    "{{ items[0].get('n') }}{{ items[0].get('x', 'd') }}{{ {'a': 1}.keys() }}{{ {'a': 1}.values() }}{{ dict(a=1) }}",
    'bd["a"][1]{"a": 1}',
  ],
])("%s", ([, template, expected]) => {
  expect(render(template)).toBe(expected);
});

describe("refuses", () => {
  test.for<[string, string, string]>([
    ["a tag without an end", "{% if 1 %}", "CONTENT_INVALID"],
    ["an unknown filter", "{{ 1 | nope }}", "CONTENT_INVALID"],
    ["an unknown test", "{{ 1 is nope }}", "CONTENT_INVALID"],
    ["a member of something missing", "{{ user.name }}", "INPUT_INVALID"],
    ["a member of a missing member", "{{ items[0].x.y }}", "INPUT_INVALID"],
    ["division by zero", "{{ 1 / 0 }}", "CONTENT_INVALID"],
    ["computing with a text", "{{ 'a' * 2 }}", "CONTENT_INVALID"],
    ["comparing different kinds", "{{ 'a' < 2 }}", "CONTENT_INVALID"],
    ["a loop over a number", "{% for i in 3 %}{% endfor %}", "CONTENT_INVALID"],
    ["unpacking the wrong number", "{% set a, b = [1] %}", "CONTENT_INVALID"],
    ["setting a member of a variable", "{% set items.x = 1 %}", "CONTENT_INVALID"],
    ["a call block", "{% call m() %}{% endcall %}", "CONTENT_INVALID"],
    ["a call of no function", "{{ (1)() }}", "CONTENT_INVALID"],
    ["a macro that is shown", "{% macro m() %}{% endmacro %}{{ m }}", "CONTENT_INVALID"],
    ["a spread argument", "{{ range(*[1]) }}", "CONTENT_INVALID"],
    ["a slice of a number", "{{ (1)[0:1] }}", "CONTENT_INVALID"],
    ["a slice without a step", "{{ t[::0] }}", "CONTENT_INVALID"],
    ["replacing nothing", "{{ t | replace('', 'x') }}", "CONTENT_INVALID"],
  ])("%s", ([, template, code]) => {
    expect(() => render(template)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

test("values are escaped, the template's own text is not", () => {
  const template = "<b>{{ a }}</b>{% filter upper %}{{ a }}{% endfilter %}{% set c %}<i>{% endset %}{{ c }}";
  expect(renderJinja(template, { a: "<x>" }, escapeHtml)).toBe("<b>&lt;x&gt;</b>&lt;X&gt;&lt;i&gt;");
});
