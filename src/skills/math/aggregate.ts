export type Aggregate = "sum" | "mean" | "min" | "max" | "count" | "median" | "std";

/** Of numbers without the missing ones; null where too few are left. `std` is that of a sample. */
export const AGGREGATES: Readonly<Record<Aggregate, (numbers: readonly number[]) => number | null>> = {
  sum,
  mean,
  median,
  std,
  count: (numbers) => numbers.length,
  min: (numbers) =>
    numbers.length === 0 ? null : numbers.reduce((least, number) => Math.min(least, number)),
  max: (numbers) => (numbers.length === 0 ? null : numbers.reduce((most, number) => Math.max(most, number))),
};

// Neumaier's summation: 0.1 + 0.2 + … stays exact to the last digit for long columns.
function sum(numbers: readonly number[]): number {
  let total = 0;
  let lost = 0;
  for (const number of numbers) {
    const next = total + number;
    lost += Math.abs(total) >= Math.abs(number) ? total - next + number : number - next + total;
    total = next;
  }
  return total + lost;
}

function mean(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : sum(numbers) / numbers.length;
}

function median(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  return mean(sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1));
}

function std(numbers: readonly number[]): number | null {
  const center = mean(numbers);
  if (center === null || numbers.length < 2) return null;
  return Math.sqrt(sum(numbers.map((number) => (number - center) ** 2)) / (numbers.length - 1));
}
