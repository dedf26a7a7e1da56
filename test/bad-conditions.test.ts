import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { defineCapability, RuntimeError } from "../src/index.ts";
import { codeOf, expectWorking, firstStart, startAndRun, write } from "./bad-conditions.ts";
import { ledgerIn, openIn, workspaceIn } from "./installation.ts";
import { mayMount, mountTmpfs, unmount } from "./mounts.ts";
import { scratch } from "./scratch.ts";
import { snapshot } from "./snapshot.ts";
import { verifies } from "./requirements.ts";

verifies("conditions:bad");

const canMount = mayMount();
if (!canMount)
  console.warn(
    "SKIPPED: full and read-only file systems are not tested, because this user may not mount any.",
  );

const writeLarge = defineCapability({
  id: "test.write_large",
  version: "1.0.0",
  description: "Writes many bytes.",
  input: z.strictObject({ bytes: z.int() }),
  output: z.strictObject({}),
  risk: { level: "LOW", justification: "files of the workspace" },
  sideEffects: ["filesystem_write"],
  undo: { kind: "reversible" },
  async run({ fs }, { bytes }) {
    await fs.write("small", "it fits");
    await fs.write("kept", Buffer.alloc(bytes));
    return {};
  },
});

describe.skipIf(!canMount)("file systems (skipped where nothing can be mounted)", () => {
  test("a full disk: DISK_FULL, the file and the workspace as before, and it works when there is room", async () => {
    using directory = scratch();
    const workspace = workspaceIn(directory.path);
    mkdirSync(workspace);
    mountTmpfs(workspace, "2m");
    try {
      {
        await using runtime = await openIn(directory.path, { capabilities: [writeLarge] });
        expect((await write(runtime, "kept", "before")).status).toBe("COMPLETED");
        const before = snapshot(workspace, { times: true });
        const view = await runtime.run("test.write_large", { inputs: { bytes: 3_000_000 } });
        expect(view).toMatchObject({ status: "FAILED", failure: { code: "DISK_FULL" } });
        expect(snapshot(workspace, { times: true })).toEqual(before);
        expect((await runtime.run("test.write_large", { inputs: { bytes: 1000 } })).status).toBe("COMPLETED");
      }
      await expectWorking(directory.path);
    } finally {
      unmount(workspace);
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
      unmount(workspace);
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
      unmount(workspace);
    }
  });

  test.for([
    ["before its first start", false],
    ["after it was used", true],
  ] as const)(
    "a read-only workspace, %s: OS_PERMISSION or LEDGER_UNAVAILABLE, and it works when it can be written",
    async ([, used]) => {
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
        unmount(workspace);
      }
    },
  );
});

function fill(path: string): void {
  const block = Buffer.alloc(4096);
  try {
    for (;;) writeFileSync(path, block, { flag: "a" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}

describe("the ledger", () => {
  test.for<[string, (path: string) => void]>([
    ["garbage", (path) => writeFileSync(path, Buffer.alloc(100_000, 0x5a))],
    ["an empty file", (path) => truncateSync(path, 0)],
    ["cut in the middle", (path) => truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096)],
    ["cut inside a page", (path) => truncateSync(path, 5000)],
    ["a page overwritten", (path) => writeFileSync(path, overwritten(readFileSync(path)))],
  ])("damaged, %s: LEDGER_CORRUPT, and nothing is written to it", async ([, damage]) => {
    using directory = scratch();
    await startAndRun(directory.path);
    const path = ledgerIn(directory.path);
    expect(readdirSync(join(path, "..")).filter((name) => name.startsWith("ledger.db"))).toEqual([
      "ledger.db",
    ]);
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

const STRIDE = 6;

test("killed at points of the very first start: the next start works", async () => {
  using directory = scratch();
  const points = firstStart(join(directory.path, "counted"));
  for (let point = 1; point <= points; point += STRIDE) {
    const own = join(directory.path, String(point));
    firstStart(own, point);
    await expectWorking(own);
  }
});
