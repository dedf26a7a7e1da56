import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { afterAll, describe, expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { type Bubble, bubblewrapArguments, findBubblewrap, probeBubblewrap } from "./bubblewrap.ts";
import { NODE_PROGRAM, nodeFiles } from "./node-files.ts";

verifies("sandbox:handlers");

const directory = scratch();
afterAll(() => directory[Symbol.dispose]());
const found = await findBubblewrap();

const NOTHING = { command: ["/node"], readOnly: [], network: "none", env: {}, cwd: "/" } as const;

test.for<[string, Partial<Bubble>, readonly string[]]>([
  ["a directory to read", { readOnly: ["/usr"] }, ["--ro-bind", "/usr", "/usr"]],
  ["a file by another name", { readOnly: [{ from: "/a", to: "/b" }] }, ["--ro-bind", "/a", "/b"]],
  ["a directory to write", { readWrite: ["/work"] }, ["--bind", "/work", "/work"]],
  ["its own /tmp", { own: ["tmp"] }, ["--tmpfs", "/tmp"]],
  ["the machine's network", { network: "host" }, ["--share-net"]],
  ["a variable", { env: { A: "b c" } }, ["--setenv", "A", "b c"]],
  ["where it starts", { cwd: "/work" }, ["--chdir", "/work"]],
  ["its command last", { command: ["/node", "--unshare-all"] }, ["--", "/node", "--unshare-all"]],
])("a bubble with %s says so, and nothing else", ([, difference, expected]) => {
  const before = bubblewrapArguments(NOTHING);
  const after = bubblewrapArguments({ ...NOTHING, ...difference });
  expect(after.join(" ")).toContain(expected.join(" "));
  const added = after.filter((each) => !before.includes(each));
  expect(added.filter((each) => !expected.includes(each))).toEqual([]);
});

test("what is bound lies above the private directories, so that it may lie below one of them", () => {
  const line = bubblewrapArguments({ ...NOTHING, own: ["tmp"], readOnly: ["/tmp/a"], readWrite: ["/tmp/b"] });
  const [own, readOnly, readWrite] = ["--tmpfs", "--ro-bind", "--bind"].map((each) => line.indexOf(each));
  expect([own, readOnly, readWrite]).toEqual([own, readOnly, readWrite].toSorted((a = 0, b = 0) => a - b));
});

test.for<[string, string, RegExp]>([
  ["is not there", "", /^bubblewrap is not installed$/],
  ["may not make namespaces", "#!/bin/sh\necho 'bwrap: No permissions' >&2\nexit 1\n", /No permissions$/],
  ["dies", "#!/bin/sh\nkill -9 $$\n", /ended with SIGKILL$/],
  ["says that all is well, and starts nothing", "#!/bin/sh\n", /ended with 0$/],
  ["is no program", "#!/absent/interpreter\n", /ENOENT/],
])("where bubblewrap %s, that is found out", async ([name, script, reason]) => {
  const path = `${directory.path}/${name}`;
  if (script !== "") {
    writeFileSync(path, script);
    chmodSync(path, 0o755);
  }
  expect(await probeBubblewrap([path])).toEqual({
    isAvailable: false,
    reason: expect.stringMatching(reason),
  });
});

describe.runIf(found.isAvailable)("inside", () => {
  test.for<[string, string]>([
    ["the home", `require("fs").readdirSync("/root")`],
    ["the user database", `require("fs").readFileSync("/etc/passwd")`],
    ["other processes", `require("fs").readdirSync("/proc")`],
    ["a shell", `const { error } = require("child_process").spawnSync("/bin/sh", ["-c", ":"]); throw error`],
    ["a place to write", `require("fs").writeFileSync("/new", "")`],
  ])("there is nothing of %s", ([, code]) => {
    const { status, stderr } = inside(code);
    expect(stderr).toMatch(/ENOENT|EROFS/);
    expect(status).toBe(1);
  });

  test("nothing of the environment is there, and the program is one of the first processes", () => {
    const { stdout } = inside("console.log(JSON.stringify([process.env, process.pid]))", { env: { A: "1" } });
    const [env, pid] = JSON.parse(stdout) as [Record<string, string>, number];
    expect(env).toEqual({ A: "1", PWD: "/" });
    expect(pid).toBeLessThan(10);
  });

  test("what was bound can be read, and written only where that was meant", () => {
    const [read, write] = ["read", "write"].map((name) => `${directory.path}/${name}`);
    for (const path of [read, write]) mkdirSync(String(path));
    writeFileSync(`${read}/a.txt`, "text");
    const copy = (to: string) => `require("fs").copyFileSync("${read}/a.txt", "${to}/b.txt")`;
    const bubble = { readOnly: [String(read)], readWrite: [String(write)] };
    expect(inside(copy(String(write)), bubble).status).toBe(0);
    expect(readFileSync(`${write}/b.txt`, "utf8")).toBe("text");
    expect(inside(copy(String(read)), bubble).stderr).toContain("EROFS");
  });

  test("the machine's loopback is another one", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const { stderr } = inside(`require("net").connect(${port}, "127.0.0.1")`);
    server.close();
    expect(stderr).toMatch(/ECONNREFUSED|ENETUNREACH/);
  });
});

function inside(code: string, bubble: Partial<Bubble> = {}) {
  const args = bubblewrapArguments({
    ...NOTHING,
    ...bubble,
    readOnly: [...nodeFiles(), ...(bubble.readOnly ?? [])],
    command: [NODE_PROGRAM, "-e", code],
  });
  return spawnSync(found.isAvailable ? found.program : "", args, {
    encoding: "utf8",
    env: { SECRET: "canary" },
  });
}
