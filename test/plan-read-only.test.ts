import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { runFake } from "./cli/run-fake.ts";
import { newHomeIn } from "./home.ts";
import { openIn, workspaceIn } from "./installation.ts";
import { bindMount, mayMount, unmount } from "./mounts.ts";
import { asOtherUser, giveToOtherUser } from "./other-user.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";
import { snapshot } from "./snapshot.ts";

verifies("workflow:plan");

const temporary = scratch();
const before = process.env["TMPDIR"];
beforeAll(() => {
  process.env["TMPDIR"] = temporary.path;
});
afterAll(() => {
  if (before === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = before;
  temporary[Symbol.dispose]();
});

const canMount = mayMount();
if (!canMount)
  console.warn("SKIPPED: plans on a read-only mount are not tested, because this user may not mount any.");

/** Plans to write a file; that nothing is left anywhere is checked every time. */
async function planIn(directory: string, workspace = workspaceIn(directory)) {
  const argv = ["plan", "io.fs.write_file", "--input", "path=a.txt", "--input", "content=new", "--json"];
  const result = await runFake([...argv, "--workspace", workspace], {
    directory,
    env: newHomeIn(directory),
  });
  expect(readdirSync(temporary.path).filter((name) => name.startsWith("airun-plan"))).toEqual([]);
  return result;
}

function everythingIn(workspace: string): readonly string[] {
  return [workspace, join(workspace, ".ai-first")].flatMap((path) =>
    existsSync(path) ? snapshot(path, { times: true }) : ["nothing"],
  );
}

async function used(directory: string): Promise<string> {
  await using runtime = await openIn(directory);
  await runtime.run("io.fs.write_file", { inputs: { path: "a.txt", content: "old" } });
  return workspaceIn(directory);
}

const NEW_FILE = { outcome: "completes", changes: [{ kind: "create", target: "a.txt" }] };
const CHANGED_FILE = { outcome: "completes", changes: [{ kind: "change", target: "a.txt" }] };

test("where there is no workspace yet, none is made", async () => {
  using directory = scratch();
  const { exitCode, stdout } = await planIn(directory.path);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject(NEW_FILE);
  expect(readdirSync(directory.path)).toEqual(["home"]);
});

test("where there is no ledger yet, none is made", async () => {
  using directory = scratch();
  const workspace = workspaceIn(directory.path);
  mkdirSync(workspace);
  writeFileSync(join(workspace, "a.txt"), "old");
  expect(JSON.parse((await planIn(directory.path)).stdout)).toMatchObject(CHANGED_FILE);
  expect(readdirSync(workspace)).toEqual(["a.txt"]);
});

test("a workspace that was used is as before, while others have it open too", async () => {
  using directory = scratch();
  const workspace = await used(directory.path);
  const files = everythingIn(workspace);
  expect(JSON.parse((await planIn(directory.path)).stdout)).toMatchObject(CHANGED_FILE);
  expect(everythingIn(workspace)).toEqual(files);
  await using runtime = await openIn(directory.path);
  await runtime.run("io.fs.write_file", { inputs: { path: "b.txt", content: "x" } });
  const { seq } = runtime.ledger.head();
  expect(JSON.parse((await planIn(directory.path)).stdout)).toMatchObject(CHANGED_FILE);
  expect(runtime.ledger.head().seq).toBe(seq);
});

test.for([
  ["with a ledger", used, CHANGED_FILE],
  [
    "without a ledger",
    (directory: string) => {
      mkdirSync(workspaceIn(directory));
      return Promise.resolve(workspaceIn(directory));
    },
    NEW_FILE,
  ],
] as const)("it works in a workspace %s that this user cannot write", async ([, make, planned]) => {
  using directory = scratch();
  const workspace = await make(directory.path);
  giveToOtherUser(directory.path);
  giveToOtherUser(temporary.path);
  const close = (mode: string) => execFileSync("chmod", ["-R", mode, workspace]);
  const files = everythingIn(workspace);
  close("a-w");
  try {
    await asOtherUser(async () => {
      expect(() => writeFileSync(join(workspace, "x"), "")).toThrow("EACCES");
      const { exitCode, stdout, stderr } = await planIn(directory.path);
      expect(exitCode, stdout + stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject(planned);
    });
  } finally {
    close("u+w");
  }
  expect(everythingIn(workspace)).toEqual(files);
});

describe.skipIf(!canMount)("mounts (skipped where nothing can be mounted)", () => {
  test("it works in a read-only mount, also while somebody writes to the workspace elsewhere", async () => {
    using directory = scratch();
    const workspace = await used(directory.path);
    const mounted = join(directory.path, "mounted");
    mkdirSync(mounted);
    bindMount(workspace, mounted);
    try {
      execFileSync("mount", ["-o", "remount,ro,bind", mounted]);
      expect(() => writeFileSync(join(mounted, "x"), "")).toThrow("EROFS");
      expect(JSON.parse((await planIn(directory.path, mounted)).stdout)).toMatchObject(CHANGED_FILE);
      await using runtime = await openIn(directory.path);
      await runtime.run("io.fs.write_file", { inputs: { path: "a.txt", content: "newer" } });
      const { stdout } = await planIn(directory.path, mounted);
      expect(JSON.parse(stdout)).toMatchObject({ changes: [{ diff: expect.stringContaining("-newer") }] });
    } finally {
      unmount(mounted);
    }
  });
});

test("a link in the place of the state directory is refused", async () => {
  using directory = scratch();
  const workspace = await used(directory.path);
  renameSync(join(workspace, ".ai-first"), join(directory.path, "elsewhere"));
  symlinkSync("../elsewhere", join(workspace, ".ai-first"));
  const { exitCode, stdout } = await planIn(directory.path);
  expect(exitCode).toBe(11);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "PATH_REFUSED" } });
});

test("a ledger that this user cannot read is a typed error", async () => {
  using directory = scratch();
  const workspace = await used(directory.path);
  giveToOtherUser(directory.path);
  giveToOtherUser(temporary.path);
  chmodSync(join(workspace, ".ai-first/ledger.db"), 0o000);
  const { exitCode, stdout } = await asOtherUser(() => planIn(directory.path));
  expect(exitCode, stdout).not.toBe(0);
  expect(["OS_PERMISSION", "LEDGER_UNAVAILABLE"]).toContain(
    (JSON.parse(stdout) as { error: { code: string } }).error.code,
  );
});
