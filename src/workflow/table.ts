/**
 * An immutable map of things by their id. A change copies one bucket and the list of buckets, so that a loop of many
 * thousand rounds costs each round little.
 */
export type Table<Value extends { readonly id: string }> = {
  readonly size: number;
  /** Their number is a power of four. */
  readonly buckets: readonly (readonly Value[])[];
};

const LOAD = 16;

export const EMPTY_TABLE: Table<never> = { size: 0, buckets: [[]] };

export function find<Value extends { readonly id: string }>(
  table: Table<Value>,
  id: string,
): Value | undefined {
  return table.buckets[placeOf(id, table.buckets.length)]?.find((value) => value.id === id);
}

/** The table with this value in the place of the one with the same id, if there was one. */
export function put<Value extends { readonly id: string }>(table: Table<Value>, value: Value): Table<Value> {
  const place = placeOf(value.id, table.buckets.length);
  const bucket = table.buckets[place] ?? [];
  const index = bucket.findIndex(({ id }) => id === value.id);
  if (index >= 0) return { size: table.size, buckets: table.buckets.with(place, bucket.with(index, value)) };
  if (table.size >= table.buckets.length * LOAD) return put(spread(table), value);
  return { size: table.size + 1, buckets: table.buckets.with(place, [...bucket, value]) };
}

export function* valuesOf<Value extends { readonly id: string }>(
  table: Table<Value>,
): IterableIterator<Value> {
  for (const bucket of table.buckets) yield* bucket;
}

function spread<Value extends { readonly id: string }>(table: Table<Value>): Table<Value> {
  const buckets: Value[][] = Array.from({ length: table.buckets.length * 4 }, () => []);
  for (const value of valuesOf(table)) buckets[placeOf(value.id, buckets.length)]?.push(value);
  return { size: table.size, buckets };
}

function placeOf(id: string, places: number): number {
  if (places === 1) return 0;
  let mixed = 0;
  for (let i = 0; i < id.length; i++) mixed = (Math.imul(mixed, 31) + id.charCodeAt(i)) | 0;
  return (mixed ^ (mixed >>> 15)) & (places - 1);
}
