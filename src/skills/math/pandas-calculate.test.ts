import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { createTestContext } from "../test-context.ts";
import { handler } from "./pandas-calculate.ts";
import { verifies } from "../../../test/requirements.ts";

verifies("stdlib:contract");

async function calculate(
  data: unknown,
  ...operations: Record<string, unknown>[]
): Promise<Record<string, unknown>> {
  const { calculated_metrics } = await handler(createTestContext(), {
    data,
    operations: operations as never,
  });
  return calculated_metrics as Record<string, unknown>;
}

const compute = async (
  formula: string,
  row: Record<string, unknown> = { a: 7, b: 2, t: "x", n: null, "net income": 5 },
) => {
  const { x } = await calculate([row], { type: "calculate", formula, output_column: "x" });
  return Array.isArray(x) ? (x as unknown[])[0] : x;
};

describe("aggregates", () => {
  const data = {
    x: [4, 1, "", null, "1,000.5", " 2 "],
    empty: [null, "", null, null, null, null],
    flag: [true, false, true, null, true, true],
  };
  test.for<[string, string, unknown]>([
    ["sum", "x", 1007.5],
    ["mean", "x", 251.875],
    ["min", "x", 1],
    ["max", "x", 1000.5],
    ["median", "x", 3],
    ["count", "x", 4],
    ["sum", "flag", 4],
    ["sum", "empty", 0],
    ["mean", "empty", null],
    ["min", "empty", null],
    ["max", "empty", null],
    ["median", "empty", null],
    ["std", "empty", null],
    ["count", "empty", 0],
  ])("%s of %s", async ([type, column, expected]) => {
    expect(await calculate(data, { type, column, output_column: "r" })).toEqual({ r: expected });
  });

  test("std is that of a sample", async () => {
    expect(await calculate({ x: [2, 4, 4, 4, 5, 5, 7, 9] }, { type: "std", column: "x" })).toEqual({
      x_std: Math.sqrt(32 / 7),
    });
  });

  test("a sum does not lose what is small", async () => {
    expect(await calculate({ x: [1, 1e100, 1, -1e100] }, { type: "sum", column: "x" })).toEqual({ x_sum: 2 });
  });

  test("the mean and the median lie between the least and the greatest", async () => {
    const numbers = fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(numbers, async (x) => {
        const kinds = ["min", "mean", "median", "max"].map((type) => ({ type, column: "x" }));
        const { x_min, x_mean, x_median, x_max } = (await calculate({ x }, ...kinds)) as Record<
          string,
          number
        >;
        for (const middle of [x_mean, x_median]) {
          expect(middle).toBeGreaterThanOrEqual(x_min ?? NaN);
          expect(middle).toBeLessThanOrEqual(x_max ?? NaN);
        }
      }),
    );
  });
});

describe("formulas", () => {
  test.for<[string, unknown]>([
    ["a + b * 2", 11],
    ["(a + b) * 2", 18],
    ["a % 4 - b", 1],
    ["a ** b", 49],
    ["-a + +b", -5],
    ["a > b && b >= 2", true],
    ["a < b || !(b <= 1)", true],
    ["a == 7", true],
    ["t == 'x'", true],
    ["t != 'x'", false],
    ["t < 'y'", true],
    ["a > b ? 1 : 2", 1],
    ["if(a < b, 1, 2)", 2],
    ["if(n == null, 'none', 'some')", "none"],
    ["n + 1", null],
    ["n > 1", null],
    ["min(a, b, n)", 2],
    ["max(a, b)", 7],
    ["max(n)", null],
    ["abs(-a)", 7],
    ["round(2.5)", 3],
    ["round(-2.5)", -3],
    ["round(1.005, 2)", 1.01],
    ["round(1234.5, -2)", 1200],
    ["round(1e21)", 1e21],
    ["ceil(1.2) + floor(1.8)", 3],
    ["sqrt(16) + log(exp(2))", 6],
    ["log(8, 2)", 3],
    ["`net income` / b", 2.5],
    ["true", true],
    ["a === 7 && a !== 8", true],
  ])("%s", async ([formula, expected]) => {
    expect(await compute(formula)).toBe(expected);
  });

  test.for<[string, string]>([
    ["a +", "EXPRESSION_INVALID"],
    ["a & b", "EXPRESSION_INVALID"],
    ["~a", "EXPRESSION_INVALID"],
    ["round()", "EXPRESSION_INVALID"],
    ["a.b(1)", "EXPRESSION_INVALID"],
    [`${"a+".repeat(1000)}a`, "EXPRESSION_INVALID"],
    ["`no such`", "INPUT_INVALID"],
    ["t + 1", "CONTENT_INVALID"],
    ["t > 1", "CONTENT_INVALID"],
    ["sqrt(-1)", "CONTENT_INVALID"],
  ])("%s is refused", async ([formula, code]) => {
    await expect(compute(formula)).rejects.toMatchObject({ code });
  });

  test("a calculated column and a metric can be used by what follows", async () => {
    const result = await calculate(
      [{ a: 1 }, { a: 3 }],
      { type: "calculate", formula: "a * 2", output_column: "d" },
      { type: "sum", column: "d" },
      { type: "calculate", formula: "d / d_sum", output_column: "share" },
      { type: "calculate", formula: "d_sum + 1", output_column: "one" },
    );
    expect(result).toEqual({ d: [2, 6], d_sum: 8, share: [0.25, 0.75], one: 9 });
  });
});

describe("tables", () => {
  const sum = { type: "sum", column: "a" };
  test.for<[string, unknown]>([
    ["rows", [{ a: 1 }, { b: 9 }, { a: "2" }]],
    ["columns", { a: [1, 2], b: [0, 0] }],
    ["lists with a header", [["a", "b"], [1, 0], ["2"]]],
    ["an extracted table", [{ page: 1, rows: [["a"], ["1"], ["2"]] }]],
    ["an object with rows", { rows: [{ a: 1 }, { a: 2 }] }],
    ["JSON text", '[{"a": 1}, {"a": 2}]'],
  ])("%s", async ([, data]) => {
    expect(await calculate(data, sum)).toEqual({ a_sum: 3 });
  });

  test.for<[string, unknown, string]>([
    ["a number", 1, "INPUT_INVALID"],
    ["rows of different kinds", [{ a: 1 }, 2], "INPUT_INVALID"],
    ["a row that is no list", [["a"], { a: 1 }, 3], "INPUT_INVALID"],
    ["a column that is no list", { a: 1 }, "INPUT_INVALID"],
    ["columns of different lengths", { a: [1], b: [] }, "INPUT_INVALID"],
    ["a list as a cell", [{ a: [1] }], "CONTENT_INVALID"],
    ["a text as a number", [{ a: "n/a" }], "CONTENT_INVALID"],
    ["text that is no JSON", "a,b", "CONTENT_INVALID"],
    ["no such column", [], "INPUT_INVALID"],
    ["an infinite sum", { a: [1e308, 1e308] }, "CONTENT_INVALID"],
  ])("%s is refused", async ([, data, code]) => {
    await expect(calculate(data, sum)).rejects.toMatchObject({ code });
  });

  test("too much work is refused", async () => {
    const x = Array.from({ length: 100_000 }, () => 1);
    const operations = Array.from({ length: 10 }, (_, i) => ({
      type: "calculate",
      formula: "x" + "+x".repeat(20),
      output_column: `y${i}`,
    }));
    await expect(calculate({ x }, ...operations)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    const copies = Array.from({ length: 30 }, (_, i) => ({
      type: "calculate",
      formula: "x",
      output_column: `y${i}`,
    }));
    await expect(calculate({ x }, ...copies)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  });
});
