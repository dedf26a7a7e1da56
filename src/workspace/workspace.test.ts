import { closeSync, mkdirSync, openSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, expect, test, vi } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { clearStaging } from "./staging.ts";
import { openRunDirectory, openWorkspace } from "./workspace.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workspace:paths");

afterEach(() => void vi.unstubAllGlobals());

const descriptors = (): number => readdirSync("/proc/self/fd").length;

test.for([".ai-first", ".ai-first/staging", ".ai-first/blobs"])(
  "a workspace whose %s is a link is refused, and nothing is made where it leads",
  (state) => {
    using directory = scratch();
    const [inside, outside] = [join(directory.path, "ws"), join(directory.path, "outside")];
    for (const path of [inside, outside]) mkdirSync(path);
    openWorkspace(inside, "self").close();
    rmSync(join(inside, state), { recursive: true });
    symlinkSync(outside, join(inside, state));
    const held = descriptors();
    expect(() => openWorkspace(inside, "self")).toThrow(
      expect.objectContaining({
        code: "PATH_REFUSED",
        message: expect.stringMatching(/cannot be used: .* is a link; links are not followed/) as string,
      }),
    );
    expect(readdirSync(outside)).toEqual([]);
    expect(descriptors()).toBe(held);
  },
);

test.for<[string, (path: string) => void, string]>([
  ["missing", () => {}, "FILE_NOT_FOUND"],
  ["a file", (path) => writeFileSync(path, ""), "FILE_NOT_FOUND"],
])("a workspace that is %s is an error that names it", ([, make, code]) => {
  using directory = scratch();
  const path = join(directory.path, "ws");
  make(path);
  expect(() => openWorkspace(path, "self")).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(`The workspace "${path}"`) as string }),
  );
});

test("on a system where nothing can be confined, no workspace is opened", () => {
  using directory = scratch();
  vi.stubGlobal("process", { ...process, platform: "darwin" });
  expect(() => openWorkspace(directory.path, "self")).toThrow(
    expect.objectContaining({
      code: "CONFINEMENT_UNAVAILABLE",
      message: "File effects cannot be confined on darwin.",
    }),
  );
  expect(readdirSync(directory.path)).toEqual([]);
});

test("closing gives back every descriptor and its own staging directory alone", () => {
  using directory = scratch();
  const held = descriptors();
  const first = openWorkspace(directory.path, "first");
  const second = openWorkspace(directory.path, "second");
  first.close();
  expect(readdirSync(join(directory.path, ".ai-first/staging"))).toEqual(["second"]);
  second.close();
  expect(descriptors()).toBe(held);
});

test("what was given back refuses, and so does what was lent of it, while the system gives its number to another", () => {
  using directory = scratch();
  const first = openWorkspace(directory.path, "first");
  const lent = first.root.lend();
  const { fd } = lent;
  first.close();
  const others: number[] = [];
  while (!others.includes(fd) && others.length < 100) others.push(openSync(directory.path, "r"));
  expect(others).toContain(fd);
  for (const held of [first.root, lent])
    expect(() => held.at("file")).toThrow(expect.objectContaining({ code: "CANCELLED" }));
  first.root[Symbol.dispose]();
  for (const other of others) closeSync(other);
});

test("what dead processes left half built is cleared, and nothing of those that live", () => {
  using directory = scratch();
  const workspace = openWorkspace(directory.path, "self");
  for (const name of ["dead-1", "dead-2", "alive"]) {
    mkdirSync(join(directory.path, ".ai-first/staging", name));
    writeFileSync(join(directory.path, ".ai-first/staging", name, "new-0"), "half");
  }
  clearStaging(workspace, (id) => !id.startsWith("dead"));
  expect(readdirSync(join(directory.path, ".ai-first/staging"))).toEqual(["alive", "self"]);
  workspace.close();
});

test.for([
  ["sub", undefined],
  [".", undefined],
  ["missing", "FILE_NOT_FOUND"],
  ["link", "PATH_REFUSED"],
  ["../ws", "PATH_REFUSED"],
  [".ai-first", "PATH_REFUSED"],
] as const)("a run's directory %s: %s", ([cwd, code]) => {
  using directory = scratch();
  const workspace = openWorkspace(directory.path, "self");
  mkdirSync(join(directory.path, "sub"));
  symlinkSync("sub", join(directory.path, "link"));
  if (code === undefined) openRunDirectory(workspace, cwd)[Symbol.dispose]();
  else expect(() => openRunDirectory(workspace, cwd)).toThrow(expect.objectContaining({ code }));
  workspace.close();
});
