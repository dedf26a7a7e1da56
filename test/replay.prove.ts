import { expect, test } from "vitest";

import { shareOf } from "./prove-share.ts";
import { replayLoad } from "./replay-load.ts";
import { verifies } from "./requirements.ts";

verifies("governance:replay");

const RUNS = shareOf(5000);

test(`every decision of ${RUNS} mixed runs is derived again`, { timeout: 600_000 }, async () => {
  const report = await replayLoad(RUNS);
  expect(report.findings).toEqual([]);
  expect(report).toMatchObject({ ok: true, withoutReceipt: 0 });
  expect(report.decisions).toBeGreaterThanOrEqual(RUNS);
});
