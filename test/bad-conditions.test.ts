import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";

import { type ErrorCode, type Runtime, RuntimeError } from "../src/index.ts";
import { ledgerIn, openIn, verifyIn, workspaceIn } from "./installation.ts";
import { scratch } from "./scratch.ts";
import { snapshot } from "./snapshot.ts";

const isRoot = process.getuid?.() === 0;
const HERE = import.meta.dirname;

/** The error's code; fails where there is none, or it is not of the catalogue. */
async function codeOf(work: () => Promise<unknown>): Promise<ErrorCode> {
  try {
    await work();
  } catch (error) {
    if (error instanceof RuntimeError) return error.code;
    throw error;
  }
  throw new Error("it succeeded");
}

/** The next start works: a run completes, and the ledger is right. */
async function expectWorking(directory: string): Promise<void> {
  {
    await using runtime = await openIn(directory);
    await runtime.recover();
    const view = await runtime.run("load_test_quick", { inputs: { run_id: "after" } });
    expect(view).toMatchObject({ status: "COMPLETED", failure: null });
  }
  expect(verifyIn(directory)).toMatchObject({ ok: true, findings: [] });
}

const write = (runtime: Runtime, path: string, content: string) =>
  runtime.run("io.fs.write_file", { inputs: { path, content } });

describe.skipIf(!isRoot)("file systems (needs root to mount; skipped for others)", () => {
  beforeAll(() => {
    // A mount needs more than the number 0: containers often lack the right.
    using directory = scratch();
    mountTmpfs(directory.path, "64k");
    execFileSync("umount", [directory.path]);
  });

  test("a full disk: DISK_FULL, the file and the workspace as before, and it works when there is room", async () => {
    using directory = scratch();
    const workspace = workspaceIn(directory.path);
    mkdirSync(workspace);
    mountTmpfs(workspace, "2m");
    try {
      {
        await using runtime = await openIn(directory.path);
        expect((await write(runtime, "kept", "before")).status).toBe("COMPLETED");
        const before = snapshot(workspace, { times: true });
        const view = await write(runtime, "kept", "x".repeat(900_000).repeat(3));
        expect(view.failure).toMatchObject({ code: "DISK_FULL" });
        expect(view.status).not.toBe("COMPLETED");
        expect(snapshot(workspace, { times: true })).toEqual(before);
      }
      await expectWorking(directory.path);
    } finally {
      execFileSync("umount", [workspace]);
    }
  });

  test("a disk without a free byte: nothing runs, typed, and it works when there is room", async () => {
    using directory = scratch();
    const workspace = workspaceIn(directory.path);
    mkdirSync(workspace);
    mountTmpfs(workspace, "2m");
    try {
      {
        await using runtime = await openIn(directory.path);
        expect((await write(runtime, "kept", "before")).status).toBe("COMPLETED");
      }
      fill(join(workspace, "ballast"));
      const before = snapshot(workspace, { times: true });
      expect(["DISK_FULL", "LEDGER_UNAVAILABLE"]).toContain(
        await codeOf(async () => {
          await using runtime = await openIn(directory.path);
          const view = await write(runtime, "kept", "after".repeat(10_000));
          if (view.failure !== null) throw new RuntimeError(view.failure.code, view.failure.message);
        }),
      );
      expect(snapshot(workspace, { times: true })).toEqual(before);
      truncateSync(join(workspace, "ballast"), 0);
      await expectWorking(directory.path);
    } finally {
      execFileSync("umount", [workspace]);
    }
  });

  test("a first start on a full disk: typed, and the next one works", async () => {
    using directory = scratch();
    const workspace = workspaceIn(directory.path);
    mkdirSync(workspace);
    mountTmpfs(workspace, "1m");
    try {
      fill(join(workspace, "ballast"));
      expect(await codeOf(() => openIn(directory.path))).toBe("DISK_FULL");
      truncateSync(join(workspace, "ballast"), 0);
      await expectWorking(directory.path);
    } finally {
      execFileSync("umount", [workspace]);
    }
  });

  test.for([
    ["before its first start", false],
    ["after it was used", true],
  ] as const)("a read-only workspace, %s: OS_PERMISSION or LEDGER_UNAVAILABLE, and it works when it can be written", async ([, used]) => {
    using directory = scratch();
    const workspace = workspaceIn(directory.path);
    mkdirSync(workspace);
    mountTmpfs(workspace, "8m");
    try {
      if (used) await expectWorking(directory.path);
      execFileSync("mount", ["-o", "remount,ro", workspace]);
      expect(["OS_PERMISSION", "LEDGER_UNAVAILABLE"]).toContain(await codeOf(() => openIn(directory.path)));
      execFileSync("mount", ["-o", "remount,rw", workspace]);
      await expectWorking(directory.path);
    } finally {
      execFileSync("umount", [workspace]);
    }
  });
});

function mountTmpfs(path: string, size: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path]);
}

function fill(path: string): void {
  const block = Buffer.alloc(4096);
  try {
    for (;;) writeFileSync(path, block, { flag: "a" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}

describe("the ledger", () => {
  test("locked by somebody else: LEDGER_UNAVAILABLE, no effect, and it works when it is free", async () => {
    using directory = scratch();
    await expectWorking(directory.path);
    const other = new DatabaseSync(ledgerIn(directory.path));
    other.exec("BEGIN EXCLUSIVE");
    const before = snapshot(workspaceIn(directory.path), { times: true });
    expect(
      await codeOf(async () => {
        const runtime = await openIn(directory.path);
        try {
          const view = await write(runtime, "new", "content");
          if (view.failure !== null) throw new RuntimeError(view.failure.code, view.failure.message);
        } finally {
          await runtime.close().catch(() => {});
        }
      }),
    ).toBe("LEDGER_UNAVAILABLE");
    expect(snapshot(workspaceIn(directory.path), { times: true })).toEqual(before);
    other.exec("ROLLBACK");
    other.close();
    await expectWorking(directory.path);
  }, 60_000);

  test.for<[string, (path: string) => void]>([
    ["garbage", (path) => writeFileSync(path, Buffer.alloc(100_000, 0x5a))],
    ["an empty file", (path) => truncateSync(path, 0)],
    ["cut in the middle", (path) => truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096)],
    ["cut inside a page", (path) => truncateSync(path, 5000)],
    ["a page overwritten", (path) => writeFileSync(path, overwritten(readFileSync(path)))],
  ])("damaged, %s: LEDGER_CORRUPT, and nothing is written to it", async ([, damage]) => {
    using directory = scratch();
    await expectWorking(directory.path);
    const path = ledgerIn(directory.path);
    for (const side of ["-wal", "-shm"]) if (existsSync(path + side)) throw new Error(`${side} is left`);
    damage(path);
    const before = readFileSync(path);
    const files = snapshot(workspaceIn(directory.path), { times: true });
    expect(await codeOf(() => openIn(directory.path))).toBe("LEDGER_CORRUPT");
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(snapshot(workspaceIn(directory.path), { times: true })).toEqual(files);
  });
});

/** Every page but the first is noise. */
function overwritten(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0xa5)]);
}

describe("the home", () => {
  test("that others may write into: OS_PERMISSION, and it works after chmod", async () => {
    using directory = scratch();
    const home = join(directory.path, "home");
    mkdirSync(home, { mode: 0o777 });
    chmodSync(home, 0o777);
    expect(await codeOf(() => openIn(directory.path))).toBe("OS_PERMISSION");
    expect(readdirSync(home)).toEqual([]);
    chmodSync(home, 0o700);
    await expectWorking(directory.path);
  });

  test("that is a file: typed, and it works when it is gone", async () => {
    using directory = scratch();
    writeFileSync(join(directory.path, "home"), "");
    expect(["ALREADY_EXISTS", "OS_PERMISSION"]).toContain(await codeOf(() => openIn(directory.path)));
    execFileSync("rm", [join(directory.path, "home")]);
    await expectWorking(directory.path);
  });
});

test("killed at each point of the very first start: the next start works", async () => {
  using directory = scratch();
  const points = firstStart(join(directory.path, "counted"));
  expect(points).toBeGreaterThan(10);
  for (let point = 1; point <= points; point++) {
    const own = join(directory.path, String(point));
    firstStart(own, point);
    await expectWorking(own);
  }
}, 120_000);

/** Runs the first start in a process of its own; returns how many points it has, or 0 where it was killed at one. */
function firstStart(directory: string, crashAt = 0): number {
  mkdirSync(directory);
  const countFile = join(directory, "count");
  const { status, signal, stderr } = spawnSync(
    process.execPath,
    ["--import", join(HERE, "crash", "points.mjs"), join(HERE, "first-start.ts"), directory],
    { env: { CRASH_AT: String(crashAt), CRASH_COUNT: countFile, NODE_COMPILE_CACHE: join(tmpdir(), "airun-compile-cache") } },
  );
  if (crashAt > 0 && signal === "SIGKILL") return 0;
  if (status !== 0) throw new Error(`The first start at ${crashAt} ended with ${status ?? signal}:\n${stderr.toString()}`);
  return Number(readFileSync(countFile, "utf8"));
}
