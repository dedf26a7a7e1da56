import { describe, expect, test } from "vitest";

import { evaluateCondition, parseExpression } from "./expression.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:templates");

const VARIABLES = {
  count: 3,
  share: 2.5,
  name: "abc",
  yes: true,
  none: null,
  numbers: [1, 2, 3],
  fetch: { status: 200, items: [{ id: 1 }, { id: 2 }] },
};

describe("holds or does not", () => {
  test.for<[string, boolean]>([
    ["count > 2", true],
    ["count == 3", true],
    ["count == 3.0", true],
    ["count + 1 == 4", true],
    ["1 + count == 4", true],
    ["count - 1 == 2 && 5 - count == 2", true],
    ["count * 2 == 6 && 2 * count == 6", true],
    ["count / 2 == 1.5 && 6 / count == 2", true],
    ["int(count) / 2 == 1", true],
    ["count % 2 == 1 && share % count == 2.5 && 7 % count == 1", true],
    ["share > 2", true],
    ["name == 'abc' || count / 0 > 1", true],
    ["name == 5", false],
    ["name.startsWith('a') && !name.endsWith('x')", true],
    ["name.matches('^a.c$')", true],
    ["2 in numbers && !(9 in numbers)", true],
    ["size(numbers) + 1 == 4", true],
    ["numbers == [1, 2, 3]", true],
    ["numbers[count - 1] == 3", true],
    ["fetch.status >= 200 && fetch.status < 300", true],
    ["has(fetch.missing)", false],
    ["fetch.?missing.orValue(1) == 1", true],
    ["fetch.items.exists(item, item.id == 2)", true],
    ["fetch.items.all(item, item.id > count)", false],
    ["fetch.items.map(item, item.id * 2) == [2, 4]", true],
    ["numbers.filter(n, n > 1).size() == 2", true],
    ["cel.bind(twice, count * 2, twice > 5)", true],
    ["none == null", true],
    ["yes ? count > 1 : false", true],
  ])("%s is %s", async ([expression, expected]) => {
    expect(await evaluateCondition(expression, VARIABLES)).toBe(expected);
    expect(await evaluateCondition(expression, VARIABLES)).toBe(expected);
  });
});

describe("is not valid", () => {
  test.for<[string, RegExp]>([
    ["count >", /"count >".*end|Unexpected token/i],
    ["count = 3", /Unexpected character/],
    ["", /is not valid/],
    ["'text'", /it gives string, not true or false/],
    ["count", /it gives a number, not true or false/],
    ["yes ? int(count) : none", /it gives a number, not true or false/],
    ["size(numbers)", /it gives int, not true or false/],
    ["name", /it gives a string, not true or false/],
    ["missing > 1", /Unknown variable: missing/],
    ["fetch.missing == 1", /No such key: missing/],
    ["list.size() > 1", /"list" is the name of a type/],
    ["count / 0 > 1", /division by zero/],
    ["share % 0.0 > 1", /division by zero/],
    ["nosuch(count)", /no matching overload/],
    ["name.constructor == 1", /No such key: constructor/],
    ["fetch.__proto__ == 1", /No such key: __proto__/],
    ["x".repeat(5000), /more than 4000 characters/],
    [`${"(".repeat(80)}true${")".repeat(80)}`, /is not valid/],
    [Array.from({ length: 600 }, () => "1").join(" + "), /is not valid/],
  ])("%s", async ([expression, expected]) => {
    const evaluated = evaluateCondition(expression, VARIABLES);
    await expect(evaluated).rejects.toThrow(expected);
    await expect(evaluated).rejects.toMatchObject({ code: "EXPRESSION_INVALID" });
  });

  test("also where it names the expression", async () => {
    await expect(evaluateCondition("missing > 1", {})).rejects.toThrow(
      'The expression "missing > 1" is not valid',
    );
  });
});

describe("takes too long", () => {
  test.for<[string, Record<string, unknown>]>([
    [
      "numbers.all(a, numbers.all(b, numbers.all(c, a + b + c >= 0)))",
      { numbers: Array.from({ length: 3000 }, (_, i) => i) },
    ],
    ["text.matches('^(a+)+$')", { text: `${"a".repeat(50)}b` }],
    ["text.matches(pattern)", { text: "a".repeat(40), pattern: `${"a?".repeat(40)}${"a".repeat(41)}` }],
  ])("%s is stopped", async ([expression, variables]) => {
    await expect(evaluateCondition(expression, variables)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  });
});

test.for<[string, string[]]>([
  ["a.b.c > d && has(a.e)", ["a.b.c", "d", "a.e"]],
  ["numbers.all(x, x > limit)", ["numbers", "limit"]],
  ["x.exists(y, y.z == x.w)", ["x", "x.w"]],
  ["cel.bind(n, a + 1, n > b)", ["a", "b"]],
  ["type(a) == int", ["a"]],
  ["a[b].c == 'x' && {'k': d}.k == e", ["a", "b", "d", "e"]],
  ["a.?b.orValue(c) > (d ? 1 : -f)", ["a.b", "c", "d", "f"]],
  ["!done && name.matches(pattern)", ["done", "name", "pattern"]],
  ["true", []],
])("%s needs %j", async ([expression, paths]) => {
  expect(await parseExpression(expression)).toMatchObject({ paths });
});

test("many expressions do not fill the memory", async () => {
  for (let i = 0; i < 1100; i++) expect(await evaluateCondition(`count == ${i}`, VARIABLES)).toBe(i === 3);
});
