import * as fc from "fast-check";
import { expect, test } from "vitest";

import { itemsOf, push, type Stack, take } from "./stack.ts";
import { EMPTY_TABLE, find, put, type Table, valuesOf } from "./table.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:fold", "workflow:semantics");

type Named = { readonly id: string; readonly n: number };

test("a table holds what a Map holds, and older versions of it stay as they were", () => {
  const ids = fc.oneof(
    fc.constantFrom("", "__proto__", "constructor"),
    fc.integer({ min: 0, max: 300 }).map((i) => `each[${i}]`),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ id: ids, n: fc.nat() }), { maxLength: 400 }), (values) => {
      let table: Table<Named> = EMPTY_TABLE;
      const map = new Map<string, Named>();
      const half = { table, size: 0 };
      values.forEach((value, i) => {
        table = put(table, value);
        map.set(value.id, value);
        if (i === Math.floor(values.length / 2)) Object.assign(half, { table, size: map.size });
      });
      expect(table.size).toBe(map.size);
      expect([...valuesOf(table)].sort(byId)).toEqual([...map.values()].sort(byId));
      for (const [id, value] of map) expect(find(table, id)).toBe(value);
      expect(find(table, "nobody")).toBeUndefined();
      expect([...valuesOf(half.table)]).toHaveLength(half.size);
    }),
  );
});

function byId(one: Named, other: Named): number {
  return one.id < other.id ? -1 : 1;
}

test("a stack gives its items topmost first, and one that is taken out leaves the order of the others", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 })), fc.nat({ max: 9 }), (items, wanted) => {
      const stack = items.reduce<Stack<number>>(push, null);
      const topFirst = items.toReversed();
      expect(itemsOf(stack)).toEqual(topFirst);
      const taken = take(stack, (item) => item === wanted);
      const index = topFirst.indexOf(wanted);
      if (index < 0) expect(taken).toBeUndefined();
      else
        expect([taken?.item, itemsOf(taken?.rest ?? null)]).toEqual([wanted, topFirst.toSpliced(index, 1)]);
      expect(itemsOf(stack)).toEqual(topFirst);
    }),
  );
});
