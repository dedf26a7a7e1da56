import { expect, test } from "vitest";

import { replayLoad } from "./replay-load.ts";
import { verifies } from "./requirements.ts";

verifies("governance:replay");

test("every decision of 160 mixed runs, 20 at once, is derived again", async () => {
  const report = await replayLoad(160);
  expect(report.findings).toEqual([]);
  expect(report).toMatchObject({ ok: true, withoutReceipt: 0 });
  expect(report.decisions).toBeGreaterThanOrEqual(160);
});
