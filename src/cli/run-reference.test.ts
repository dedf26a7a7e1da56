import { expect, test } from "vitest";

import type { RunRow } from "../ledger/ledger.ts";
import { resolveRun } from "./run-reference.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

const FIRST = "0192aaaa-0000-7000-8000-00000000beef";
const SECOND = "0192bbbb-0000-7000-8000-00000000cafe";

/** Pages of one, so that the search has to turn them. */
function ledgerOf(ids: readonly string[]) {
  const rows = ids.map((id) => ({ id, name: "demo" }) as RunRow);
  return {
    run: (id: string) => rows.find((row) => row.id === id),
    runs: ({ before }: { before?: string } = {}) => {
      const from = before === undefined ? 0 : rows.findIndex((row) => row.id === before) + 1;
      return rows.slice(from, from + 1);
    },
  };
}

const ledger = ledgerOf([SECOND, FIRST]);

test.for([
  ["last", SECOND],
  [FIRST, FIRST],
  ["0192aaaa", FIRST],
  ["beef", FIRST],
  ["CAFE", SECOND],
] as const)("%s", ([reference, run]) => {
  expect(resolveRun(ledger, reference)).toBe(run);
});

test.for([
  ["0192", "USAGE"],
  ["eef", "RUN_UNKNOWN"],
  ["dead", "RUN_UNKNOWN"],
  ["", "RUN_UNKNOWN"],
] as const)("%j is refused with %s", ([reference, code]) => {
  expect(() => resolveRun(ledger, reference)).toThrow(expect.objectContaining({ code }));
});

test("names the runs that an ambiguous reference means", () => {
  expect(() => resolveRun(ledger, "0192")).toThrow(new RegExp(`2 runs: ${SECOND} .*${FIRST}`));
});

test("there is no last run in an empty workspace", () => {
  expect(() => resolveRun(ledgerOf([]), "last")).toThrow(expect.objectContaining({ code: "RUN_UNKNOWN" }));
});
