/** The element at `p` per cent of a sorted list, by the index rule of the older system's scripts; 0 for an empty list. */
export function percentile(sorted: readonly number[], p: number): number {
  return sorted[roundHalfToEven((p / 100) * (sorted.length - 1))] ?? 0;
}

export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
    : (sorted[Math.floor(middle)] ?? 0);
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function ascending(values: readonly number[]): number[] {
  return values.toSorted((left, right) => left - right);
}

export function roundTo(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Python's `round`. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
