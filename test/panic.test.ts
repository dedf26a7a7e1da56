import { describe, expect, test } from "vitest";

import type { PanicAction, PanicScope } from "../src/contract/panic.ts";
import type { Runtime, RuntimeOptions } from "../src/index.ts";
import { openSite, type Site, write } from "./plan-fixture.ts";
import { begun, filesIn, letGo, panicCapabilities, person, wait, wentForward } from "./panic-site.ts";
import { oneIn } from "./one-in.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("governance:panic");

const ANN = person("ann");
const ALL: PanicScope = { kind: "all" };

async function openPanicSite(site: Site, options: Parameters<Site["open"]>[0] = {}): Promise<Runtime> {
  const wrapHandler: RuntimeOptions["wrapHandler"] = (id, handler) => async (context, inputs) => {
    // The first step of load_test_quick.
    if (id === "sys.info.get_time") await wait(site.home, "sub", context.signal);
    return handler(context, inputs);
  };
  const capabilities = panicCapabilities(site.home);
  return site.open({ capabilities, principal: ANN, wrapHandler, ...options });
}

const call = (name: string, capability_name: string, more: object = {}) => ({
  name,
  capability_name,
  inputs: { name },
  ...more,
});
const after = (before: string, step: object) => ({ ...step, depends_on: [before] });
const first = write("first", "first", "1");
const last = (before: string) => after(before, write("last", "last", "1"));
const compensated = { compensation: { capability_name: "test.cancel", inputs: { name: "order" } } };
const broken = { name: "broken", capability_name: "io.fs.hash_file", inputs: { path: "not-there" } };

type UnderWay = {
  readonly steps: readonly object[];
  readonly options?: RuntimeOptions;
  /** Resolves when what is to be interrupted is under way. */
  readonly reached: (runtime: Runtime, run: string, site: Site) => Promise<unknown>;
  /** Status, and the files that are there afterwards. */
  readonly ends: Readonly<Record<PanicAction, readonly [string, readonly string[]]>>;
  /** Status and files when the freeze was lifted and the run resumed. */
  readonly resumed: readonly [string, readonly string[]];
};

/** Nobody is asked about CRITICAL calls. */
const ALLOWING: RuntimeOptions = { decide: () => ({ outcome: "allow", rules: [] }) };

const statusIs = (runtime: Runtime, run: string, wanted: string) =>
  until(() => runtime.show(run).status === wanted);

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const STOPPED = (files: readonly string[]): UnderWay["ends"] => ({
  FREEZE: ["PAUSED", files],
  CANCEL_ONLY: ["FAILED", files],
  CANCEL_AND_ROLLBACK: ["ROLLED_BACK", []],
});
const GOES_BACK: UnderWay["ends"] = {
  FREEZE: ["ROLLED_BACK", []],
  CANCEL_ONLY: ["ROLLED_BACK", []],
  CANCEL_AND_ROLLBACK: ["ROLLED_BACK", []],
};

const held =
  (name: string): UnderWay["reached"] =>
  (_runtime, _run, site) =>
    begun(site.home, name);
const stepIs =
  (key: string, phase: string): UnderWay["reached"] =>
  (runtime, run) =>
    until(() => runtime.show(run).steps.find(({ step }) => step === key)?.status === phase);

const CASES: Readonly<Record<string, UnderWay>> = {
  "a step in its handler": {
    steps: [first, after("first", call("hold", "test.hold")), last("hold")],
    reached: held("hold"),
    ends: STOPPED(["first"]),
    resumed: ["COMPLETED", ["first", "hold.half", "hold.whole", "last"]],
  },
  "a step that hears no signal": {
    steps: [first, after("first", call("hold", "test.deaf")), last("hold")],
    reached: held("hold"),
    ends: STOPPED(["first"]),
    resumed: ["COMPLETED", ["first", "hold.half", "hold.whole", "last"]],
  },
  "parallel branches": {
    steps: [
      {
        name: "all",
        step_type: "PARALLEL",
        steps: [first, call("one", "test.hold"), call("two", "test.deaf")],
      },
      last("all"),
    ],
    reached: (runtime, run, site) =>
      Promise.all([
        begun(site.home, "one"),
        begun(site.home, "two"),
        stepIs("all/first", "completed")(runtime, run, site),
      ]),
    ends: STOPPED(["first"]),
    resumed: ["COMPLETED", ["first", "last", "one.half", "one.whole", "two.half", "two.whole"]],
  },
  "a foreach": {
    steps: [
      {
        ...call("each", "test.hold", { inputs: { name: "{{ item }}" } }),
        foreach: ["x", "y"],
        max_concurrency: 1,
      },
    ],
    reached: held("x"),
    ends: STOPPED([]),
    resumed: ["COMPLETED", ["x.half", "x.whole", "y.half", "y.whole"]],
  },
  "a wait between two attempts": {
    steps: [
      first,
      after("first", {
        name: "flaky",
        capability_name: "test.flaky",
        retry: { max_attempts: 2, initial_delay_ms: 600_000, max_delay_ms: 600_000 },
      }),
    ],
    reached: stepIs("flaky", "retrying"),
    ends: STOPPED(["first"]),
    // Its time has not come.
    resumed: ["RUNNING", ["first"]],
  },
  "a paused run": {
    steps: [first, after("first", call("hold", "test.hold")), last("hold")],
    reached: async (runtime, run, site) => {
      await begun(site.home, "hold");
      await runtime.pause(run, "look");
      letGo(site.home, "hold");
      await until(() => runtime.show(run).steps[1]?.status === "completed");
    },
    ends: STOPPED(["first", "hold.half", "hold.whole"]),
    resumed: ["COMPLETED", ["first", "hold.half", "hold.whole", "last"]],
  },
  "a wait for an approval": {
    steps: [first, after("first", { name: "ask", step_type: "HUMAN_APPROVAL" }), last("ask")],
    reached: (runtime, run) => statusIs(runtime, run, "PAUSED"),
    ends: STOPPED(["first"]),
    resumed: ["PAUSED", ["first"]],
  },
  "a sub-workflow": {
    steps: [
      first,
      after("first", {
        name: "sub",
        step_type: "WORKFLOW",
        workflow: "load_test_quick",
        inputs: { run_id: "r" },
      }),
      last("sub"),
    ],
    reached: held("sub"),
    ends: STOPPED(["first"]),
    resumed: ["COMPLETED", ["first", "last", "out.txt"]],
  },
  "a call that cannot be undone": {
    steps: [first, after("first", call("pay", "test.pay")), last("pay")],
    options: ALLOWING,
    reached: held("pay"),
    ends: STOPPED(["first"]),
    // Nobody knows what it did: somebody is asked.
    resumed: ["PAUSED", ["first"]],
  },
  "a compensation": {
    steps: [first, after("first", call("order", "test.order", compensated)), after("order", broken)],
    options: ALLOWING,
    reached: async (_runtime, _run, site) => {
      letGo(site.home, "order");
      await begun(site.home, "cancel-order");
    },
    ends: GOES_BACK,
    resumed: ["ROLLED_BACK", []],
  },
};

const ACTIONS = ["FREEZE", "CANCEL_ONLY", "CANCEL_AND_ROLLBACK"] as const;

describe.for(oneIn(3, Object.entries(CASES)))("a panic of another workspace stops %s", ([, scenario]) => {
  test.for(ACTIONS)("%s", async (action) => {
    using site = openSite();
    using beside = scratch();
    await using runtime = await openPanicSite(site, scenario.options);
    await using elsewhere = await openPanicSite(site, { workspace: beside.path });
    const { run, settled } = await runtime.start(site.flow(scenario.steps));
    await runtime.ledger.flush();
    await scenario.reached(runtime, run, site);
    const { panic } = await elsewhere.panic({ action, scope: ALL, reason: "smoke" });
    letGo(site.home, "cancel-order");
    const [status, files] = scenario.ends[action];
    if (scenario.ends !== GOES_BACK) await until(() => isTold(runtime, run, panic.id));
    await until(() => isAtRest(runtime, run, status));
    await settled.catch(() => {});
    expect([runtime.show(run).status, filesIn(site.workspace)]).toEqual([status, files]);
    expect(forwardSince(runtime, run, panic.at)).toEqual([]);

    await expect(
      runtime.run("io.fs.write_file", { inputs: { path: "new", content: "" } }),
    ).rejects.toMatchObject({
      code: "PANIC",
    });
    if (status === "PAUSED") {
      await expect(runtime.resume(run, "now")).rejects.toMatchObject({ code: "PANIC" });
      await runtime.liftPanic(panic.id, "it was steam");
      letGo(site.home);
      const resumed = runtime.resume(run, "go on");
      const [goal, left] = scenario.resumed;
      if (goal === "RUNNING") await until(() => runtime.show(run).status === goal);
      else await resumed;
      expect([runtime.show(run).status, filesIn(site.workspace)]).toEqual([goal, left]);
      resumed.catch(() => {});
    }
    letGo(site.home);
  });
});

function isAtRest(runtime: Runtime, run: string, wanted: string): boolean {
  const { status, steps } = runtime.show(run);
  const isBlock = (key: string): boolean => steps.some(({ step }) => step.startsWith(`${key}[`));
  return (
    status === wanted &&
    !steps.some((each) => each.status === "running" && each.type === "ACTION" && !isBlock(each.step))
  );
}

/** Whether the run has its order of the panic. */
function isTold({ ledger }: Runtime, run: string, panic: string): boolean {
  return [...ledger.entries({ run, types: ["run-paused", "run-cancel-requested"] })].some(
    ({ data }) => data.panic === panic,
  );
}

/** What went forward in a run after a time. */
function forwardSince(runtime: Runtime, run: string, at: string) {
  return wentForward(runtime, run, 0).filter((entry) => entry.at > at);
}
