import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { isoTime } from "./clock.ts";

verifies("ledger:chain");

test.for([
  0,
  -1,
  -60_001,
  59_999,
  60_000,
  Date.UTC(2026, 1, 28, 23, 59, 59, 999),
  Date.UTC(2026, 2, 1),
  Date.UTC(1969, 11, 31, 23, 59, 0, 7),
  Date.UTC(12_000, 0, 1, 0, 0, 1, 20),
  -62_167_219_200_001,
])("%i is written as a date writes it, whatever was written before", (ms) => {
  for (const other of [ms, ms + 1, ms - 1, ms + 59_999, ms - 60_000, ms + 1001, 0, ms])
    expect(isoTime(other)).toBe(new Date(other).toISOString());
});

test("no time has no text", () => {
  isoTime(0);
  expect(() => isoTime(Number.NaN)).toThrow(RangeError);
  expect(() => isoTime(Infinity)).toThrow(RangeError);
});
