import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";
import { MAX_RESULT_BYTES } from "../result-size.ts";
import { AGGREGATES, type Aggregate } from "./aggregate.ts";
import { compileFormula, type Cell } from "./formula.ts";
import { readCell, readTable, toNumber, type Table } from "./table.ts";

type Operation =
  | { readonly type: Aggregate; readonly column: string; readonly output_column?: string }
  | { readonly type: "calculate"; readonly formula: string; readonly output_column: string };

type Budget = { work: number; bytes: number };

type Input = { readonly data: unknown; readonly operations: readonly Operation[] };

const MAX_WORK = 20_000_000;

/**
 * The results of the operations, in order and by name: one value for an aggregate, a column for a formula over
 * columns. A calculated column can be used by what follows.
 *
 * @throws INPUT_INVALID, CONTENT_INVALID, EXPRESSION_INVALID, LIMIT_EXCEEDED
 */
export const handler: Handler<Input> = async (_ctx, { data, operations }) => {
  const table = readTable(data);
  const metrics = new Map<string, Cell | Cell[]>();
  const budget = { work: MAX_WORK, bytes: MAX_RESULT_BYTES };
  for (const operation of operations) {
    if (operation.type === "calculate") {
      const result = calculate(table, metrics, operation.formula, budget);
      metrics.set(operation.output_column, result);
      if (Array.isArray(result)) table.columns.set(operation.output_column, result);
      continue;
    }
    spend(budget, table.rows);
    const name = operation.output_column ?? `${operation.column}_${operation.type}`;
    metrics.set(name, aggregate(table, operation.type, operation.column));
  }
  return { calculated_metrics: Object.fromEntries(metrics), success: true };
};

function aggregate(table: Table, type: Aggregate, column: string): number | null {
  const cells = table.columns.get(column);
  if (cells === undefined) throw unknownName(column, [...table.columns.keys()]);
  if (type === "count") return cells.filter((cell) => readCell(cell) !== null).length;
  const numbers = cells.map((cell, row) => toNumber(cell, column, row)).filter((number) => number !== null);
  return finite(AGGREGATES[type](numbers), column, 0);
}

/** One value for each row, or a single one where the formula names no column. */
function calculate(
  table: Table,
  metrics: ReadonlyMap<string, Cell | Cell[]>,
  text: string,
  budget: Budget,
): Cell | Cell[] {
  const formula = compileFormula(text);
  const columns = new Map<string, readonly Cell[]>();
  const constants = new Map<string, Cell>();
  for (const name of formula.names) {
    const column = table.columns.get(name);
    const metric = metrics.get(name);
    if (column !== undefined) columns.set(name, column);
    else if (metric !== undefined && !Array.isArray(metric)) constants.set(name, metric);
    else throw unknownName(name, [...table.columns.keys(), ...metrics.keys()]);
  }
  const rows = columns.size === 0 ? 1 : table.rows;
  spend(budget, rows * formula.size);
  const valueAt = (row: number) => (name: string) =>
    readCell(columns.get(name)?.[row] ?? constants.get(name) ?? null);
  const results = Array.from({ length: rows }, (_, row) =>
    keep(formula.evaluate(valueAt(row)), text, row, budget),
  );
  return columns.size === 0 ? (results[0] ?? null) : results;
}

function keep(value: Cell, formula: string, row: number, budget: Budget): Cell {
  budget.bytes -= typeof value === "string" ? value.length + 3 : 8;
  if (budget.bytes < 0)
    throw new RuntimeError(
      "LIMIT_EXCEEDED",
      `calculated_metrics would be larger than ${MAX_RESULT_BYTES} bytes`,
    );
  return finite(value, formula, row);
}

function finite<Value extends Cell>(value: Value, what: string, row: number): Value {
  if (typeof value === "number" && !Number.isFinite(value))
    throw new RuntimeError("CONTENT_INVALID", `"${what}" gives no finite number in row ${row + 1}`);
  return value;
}

function spend(budget: Budget, amount: number): void {
  budget.work -= amount;
  if (budget.work < 0)
    throw new RuntimeError("LIMIT_EXCEEDED", `operations take more than ${MAX_WORK} steps`);
}

function unknownName(name: string, known: readonly string[]): RuntimeError {
  const names = known.slice(0, 20).map((other) => `"${other}"`);
  return new RuntimeError(
    "INPUT_INVALID",
    `there is no column "${name}", but ${names.join(", ") || "none at all"}`,
  );
}
