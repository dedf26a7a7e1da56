import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { begun, filesIn, letGo, panicCapabilities, person } from "../../test/panic-site.ts";
import { openSite, type Site, write } from "../../test/plan-fixture.ts";
import { verifies } from "../../test/requirements.ts";
import type { Runtime } from "../index.ts";

verifies("workflow:recovery", "undo:crash");

const ANN = person("ann");
const first = write("first", "first", "1");
const hold = { name: "hold", capability_name: "test.hold", inputs: { name: "hold" }, depends_on: ["first"] };
const order = {
  name: "order",
  capability_name: "test.order",
  inputs: { name: "tea" },
  compensation: { capability_name: "test.cancel", inputs: { name: "tea" } },
};
const broken = { name: "broken", capability_name: "io.fs.hash_file", inputs: { path: "not-there" } };

const open = (site: Site) =>
  site.open({
    capabilities: panicCapabilities(site.home),
    principal: ANN,
    decide: () => ({ outcome: "allow", rules: [] }),
  });

/** A run that its runtime left while this was under way. */
async function leave(
  site: Site,
  steps: readonly object[],
  underWay: string,
  ...ready: readonly string[]
): Promise<string> {
  const runtime = await open(site);
  for (const name of ready) letGo(site.home, name);
  const { run } = await runtime.start(site.flow(steps));
  await begun(site.home, underWay);
  await runtime.close();
  return run;
}

/** Takes a run over, as the first thing that recovery does, and goes no further. */
async function claim(runtime: Runtime, run: string): Promise<void> {
  const { ledger } = runtime;
  const own = await runtime.run("sys.info.get_time", { inputs: {} });
  const [owner, from] = [own.run, run].map((id) => ledger.run(id)?.process ?? "");
  const data = { owner: { host: "here", pid: process.pid, process: owner ?? "" }, from: from ?? "" };
  await ledger.append(ANN, { type: "run-claimed", run, data });
}

const interruptions = ({ ledger }: Runtime, run: string) =>
  [...ledger.entries({ run, types: ["step-interrupted"] })].map(
    ({ step, data }) => `${step} ${data.outcome}`,
  );
const undone = ({ ledger }: Runtime, run: string) =>
  [...ledger.entries({ run, types: ["undo-completed"] })].map(({ data }) => data.of);

test.for([
  ["was not begun", false],
  ["was begun by a recovery that died too", true],
] as const)(
  "where taking the half-done effect back %s, it is taken back once, and the step begins anew",
  async ([, isBegun]) => {
    using site = openSite();
    const run = await leave(site, [first, hold], "hold");
    expect(filesIn(site.workspace)).toEqual(["first", "hold.half"]);
    letGo(site.home);
    await using runtime = await open(site);
    const effects = [...runtime.ledger.entries({ run, types: ["effect-intended"] })];
    const half = effects.find(({ step }) => step === "hold");
    if (half === undefined) throw new Error("it changed nothing");
    const of = half.seq;
    const changes = half.data.changes.map(({ path, before, after }) => ({
      path,
      before: after,
      after: before,
    }));
    if (isBegun) {
      await claim(runtime, run);
      await runtime.ledger.append(ANN, {
        type: "undo-intended",
        run,
        step: "hold",
        data: { of, mode: "strict", changes },
      });
    }
    expect(await runtime.recover()).toMatchObject([{ run, status: "COMPLETED" }]);
    expect(interruptions(runtime, run)).toEqual(["hold undone"]);
    expect(undone(runtime, run)).toEqual([of]);
    expect(filesIn(site.workspace)).toEqual(["first", "hold.half", "hold.whole"]);
  },
);

test("where somebody changed what the attempt made, nobody knows what it did, and a human is asked", async () => {
  using site = openSite();
  const run = await leave(site, [first, hold], "hold");
  writeFileSync(join(site.workspace, "hold.half"), "somebody's own");
  letGo(site.home);
  await using runtime = await open(site);
  expect(await runtime.recover()).toMatchObject([{ run, status: "PAUSED" }]);
  expect(interruptions(runtime, run)).toEqual(["hold unknown"]);
  expect(runtime.approvals(run)).toMatchObject([{ step: "hold", rules: ["recovery.unknown"] }]);
  const no = { decision: "rejected", reason: "somebody's" } as const;
  expect(await runtime.decide(run, no)).toMatchObject({
    status: "FAILED",
    failure: { code: "ROLLBACK_INCOMPLETE" },
  });
  expect(readFileSync(join(site.workspace, "hold.half"), "utf8")).toBe("somebody's own");
});

test("a rollback goes on where it was; a compensation that may have happened is left to a human", async () => {
  using site = openSite();
  const steps = [order, write("x", "x", "1", { depends_on: ["order"] }), { ...broken, depends_on: ["x"] }];
  const run = await leave(site, steps, "cancel-tea", "tea");
  expect(filesIn(site.workspace)).toEqual([]);
  letGo(site.home);
  await using runtime = await open(site);
  expect(await runtime.recover()).toMatchObject([
    { run, status: "FAILED", failure: { code: "ROLLBACK_INCOMPLETE" } },
  ]);
  const failed = [...runtime.ledger.entries({ run, types: ["step-failed"] })].map(
    ({ data }) => data.failure.code,
  );
  expect(failed).toContain("RECOVERY_NEEDS_HUMAN");
  expect(undone(runtime, run)).toHaveLength(1);
});
