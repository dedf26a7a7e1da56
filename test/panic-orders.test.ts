import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import type { PanicAction, PanicOrder } from "../src/contract/panic.ts";
import { filesIn, person } from "./panic-site.ts";
import { openSite, type Site, write } from "./plan-fixture.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("governance:panic", "workflow:recovery");

const ANN = person("ann");
const GATE = { name: "gate", step_type: "HUMAN_APPROVAL" };
const order = (action: PanicAction, more: Partial<PanicOrder> = {}): PanicOrder => ({
  action,
  scope: { kind: "all" },
  reason: "smoke",
  ...more,
});

const open = (site: Site, options: Parameters<Site["open"]>[0] = {}) =>
  site.open({ principal: ANN, ...options });

test("a panic over one run stops that run, and needs a reason and a run", async () => {
  using site = openSite();
  await using runtime = await open(site);
  const [one, other] = [await runtime.run(site.flow([GATE])), await runtime.run(site.flow([GATE]))];
  const scope = { kind: "run", run: one.run } as const;
  await expect(runtime.panic(order("CANCEL_ONLY", { scope, reason: " " }))).rejects.toMatchObject({
    code: "INPUT_INVALID",
  });
  await expect(
    runtime.panic(order("CANCEL_ONLY", { scope: { kind: "run", run: "nope" } })),
  ).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
  expect(runtime.panics()).toEqual([]);
  const { runs } = await runtime.panic(order("CANCEL_ONLY", { scope }));
  expect(runs).toEqual([{ run: one.run, name: "flow", status: "FAILED", isAtRest: true }]);
  expect(runtime.show(other.run).status).toBe("PAUSED");
});

test.for<[PanicAction, string]>([
  ["FREEZE", "PAUSED"],
  ["CANCEL_ONLY", "FAILED"],
  ["CANCEL_AND_ROLLBACK", "ROLLED_BACK"],
])("a paused run that nobody has open is brought to %s by who recovers", async ([action, status]) => {
  using site = openSite();
  using beside = scratch();
  const first = await open(site);
  const after = { ...GATE, depends_on: ["a"] };
  const { run } = await first.run(site.flow([write("a", "a.txt", "1"), after]));
  await first.close();
  await using elsewhere = await open(site, { workspace: beside.path });
  await elsewhere.panic(order(action));
  await using later = await open(site);
  expect(await later.recover()).toEqual([expect.objectContaining({ run, status })]);
  expect(filesIn(site.workspace)).toEqual(status === "ROLLED_BACK" ? [] : ["a.txt"]);
  // It has been done.
  expect(await later.recover()).toEqual([]);
});

test("a run that cannot do what a panic says is told of", async () => {
  using site = openSite();
  using beside = scratch();
  mkdirSync(join(site.workspace, "inside"));
  const told = Promise.withResolvers<unknown>();
  await using runtime = await open(site, { onUnfollowed: told.resolve });
  const { run } = await runtime.run(site.flow([GATE]), { cwd: "inside" });
  rmSync(join(site.workspace, "inside"), { recursive: true });
  await using elsewhere = await open(site, { workspace: beside.path });
  await elsewhere.panic(order("CANCEL_ONLY"));
  expect(await told.promise).toMatchObject({
    run,
    order: "panic-raised",
    failure: { code: "FILE_NOT_FOUND" },
  });
});
