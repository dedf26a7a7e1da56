import { afterAll, expect, test } from "vitest";

import { crashEverywhere, type CrashReport } from "./crash/harness.ts";
import { SCENARIOS } from "./crash/scenarios.ts";
import { IS_FULL, PROVE } from "./prove-share.ts";
import { verifies } from "./requirements.ts";

verifies("undo:crash", "workflow:recovery");

// Every point of every act. Of the recoveries every number of a point, spread over the states that the kills left;
// with AIRUN_PROVE=sample one point in some of a few scenarios; with AIRUN_PROVE=full each state at each of its points, which takes an hour.
const twice = IS_FULL ? "all" : "each";
const offset = Math.floor(Math.random() * PROVE);
const reports: CrashReport[] = [];

const points = PROVE === 1 ? "every point" : `one point in ${PROVE}`;

// A sample takes a few scenarios, others each time: the recoveries of each take minutes.
const scenarios = SCENARIOS.filter((_, index) => PROVE === 1 || index % 5 === offset % 5);

test.for(scenarios)(`%s, killed at ${points}`, async (name) => {
  const report = await crashEverywhere(name, { stride: PROVE, offset, twice, width: 2 });
  reports.push(report);
  expect(report.deviations).toEqual([]);
});

afterAll(() => {
  const rows = reports.map(({ scenario, actPoints, states, recoveryPoints, kills, deviations }) => ({
    scenario,
    "points of the act": actPoints,
    "states left": states,
    "points of their recoveries": recoveryPoints,
    kills,
    deviations: deviations.length,
  }));
  console.table(rows);
  const total = (pick: (report: CrashReport) => number) =>
    reports.reduce((sum, report) => sum + pick(report), 0);
  console.log(
    `${total(({ actPoints }) => actPoints)} points of acts and ${total(({ recoveryPoints }) => recoveryPoints)} of recoveries, ` +
      `${total(({ kills }) => kills)} kills, ${total(({ deviations }) => deviations.length)} deviations`,
  );
});
