import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";

import { afterEach, expect, test, vi } from "vitest";

import { scratchWorkspace } from "../../test/scratch-workspace.ts";
import { beat, endId, isAlive, newProcessId, processIdOfSelf } from "./liveness.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:recovery");

afterEach(() => void vi.useRealTimers());

/** The name that this process would have with some of its parts replaced. */
function nameWith(parts: { boot?: string; namespace?: string; pid?: number; startTime?: string }): string {
  const [boot, namespace, pid, startTime] = processIdOfSelf().split("-");
  return Object.values({ boot, namespace, pid, startTime, ...parts }).join("-");
}

function stateOf(pid: number): { readonly state: string | undefined; readonly startTime: string } {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return { state: fields[0], startTime: fields[19] ?? "" };
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = (await once(child.stdout ?? child, "data")) as [Buffer];
  return chunk.toString().trim();
}

test("a process of this machine lives as long as its number and its start time are there", async () => {
  using here = scratchWorkspace("self");
  const child = spawn("sleep", ["60"]);
  const pid = child.pid ?? 0;
  const { startTime } = stateOf(pid);
  expect(isAlive(here.workspace, processIdOfSelf())).toBe(true);
  expect(isAlive(here.workspace, nameWith({ pid, startTime }))).toBe(true);
  // The number belongs to somebody else by now.
  expect(isAlive(here.workspace, nameWith({ pid, startTime: `${startTime}0` }))).toBe(false);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isAlive(here.workspace, nameWith({ pid, startTime }))).toBe(false);
});

test("a process that was killed, and that its parent did not fetch, is dead", async () => {
  using here = scratchWorkspace("self");
  const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"]);
  const pid = Number(await firstLine(parent));
  const { startTime } = stateOf(pid);
  expect(isAlive(here.workspace, nameWith({ pid, startTime }))).toBe(true);
  // Until then the shell is there, which fetches it.
  await vi.waitUntil(() => readFileSync(`/proc/${parent.pid}/comm`, "utf8") === "sleep\n", {
    timeout: 30_000,
  });
  process.kill(pid, "SIGKILL");
  await vi.waitUntil(() => stateOf(pid).state === "Z", { timeout: 30_000 });
  expect(isAlive(here.workspace, nameWith({ pid, startTime }))).toBe(false);
  parent.kill("SIGKILL");
});

test("what two have open in one process is apart, and dead when it is closed", () => {
  using here = scratchWorkspace("self");
  const [one, other] = [newProcessId(), newProcessId()];
  expect(one).not.toBe(other);
  expect([one, other].map((id) => isAlive(here.workspace, id))).toEqual([true, true]);
  endId(one);
  expect([one, other].map((id) => isAlive(here.workspace, id))).toEqual([false, true]);
  expect(isAlive(here.workspace, other.replace(String(process.pid), "1"))).toBe(false);
});

test("a process from before the machine was started again is dead, whatever its number", () => {
  using here = scratchWorkspace("self");
  expect(isAlive(here.workspace, nameWith({ boot: "00000000" }))).toBe(false);
});

test("a process of another container lives while it beats", () => {
  using here = scratchWorkspace("self");
  const other = nameWith({ namespace: "1", pid: 1 });
  expect(isAlive(here.workspace, other)).toBe(false);
  const mark = join(here.path, ".ai-first/staging", other);
  mkdirSync(mark);
  expect(isAlive(here.workspace, other)).toBe(true);
  const before = Date.now() / 1000 - 40;
  utimesSync(mark, before, before);
  expect(isAlive(here.workspace, other)).toBe(false);
});

test("the beat is renewed until it is stopped", () => {
  using here = scratchWorkspace("self");
  const mark = join(here.path, ".ai-first/staging/self");
  const age = () => utimesSync(mark, 1000, 1000);
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const stop = beat(here.workspace);
  age();
  vi.advanceTimersByTime(20_000);
  expect(statSync(mark).mtimeMs).toBeGreaterThan(1_000_000);
  stop();
  age();
  vi.advanceTimersByTime(20_000);
  expect(statSync(mark).mtimeMs).toBe(1_000_000);
});
