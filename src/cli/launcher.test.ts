import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:launcher");

const LAUNCHER = fileURLToPath(new URL("../../bin/airun.cjs", import.meta.url));
const MANIFEST = fileURLToPath(new URL("../../package.json", import.meta.url));
const OWN_MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));
const OLD_NODE = findOldNode();

const MAIN = `
export async function main(args) {
  if (args[0] === "wait") {
    return new Promise((resolve) => {
      const timer = setInterval(() => {}, 1000);
      process.on("SIGINT", () => { clearInterval(timer); process.stdout.write("asked to stop\\n"); resolve(30); });
      process.stdout.write("waiting\\n");
    });
  }
  if (args[0] === "die") {
    process.kill(process.pid, "SIGTERM");
    return new Promise((resolve) => setTimeout(resolve, 20_000));
  }
  if (args[0] === "print") {
    process.stdout.write("x".repeat(Number(args[1])));
    return 3;
  }
  process.stdout.write(JSON.stringify({ args, major: Number(process.versions.node.split(".")[0]) }) + "\\n");
  return args[0] === "exit" ? Number(args[1]) : 0;
}
`;

/** A package with the launcher and a main of its own; `modules`: where its node_modules lie. */
function makePackage(root: string, options: { modulesIn?: string; file?: string } = {}): string {
  const file = options.file ?? "src/airun.ts";
  mkdirSync(join(root, "bin"), { recursive: true });
  mkdirSync(dirname(join(root, file)), { recursive: true });
  copyFileSync(LAUNCHER, join(root, "bin/airun.cjs"));
  writeFileSync(join(root, "package.json"), JSON.stringify({ type: "module", version: "9.8.7" }));
  const isCommonJs = file.endsWith(".cjs");
  writeFileSync(
    join(root, file),
    isCommonJs ? MAIN.replace("export async function main", "exports.main = async function") : MAIN,
  );
  if (options.modulesIn !== undefined) symlinkSync(OWN_MODULES, join(options.modulesIn, "node_modules"));
  return join(root, "bin/airun.cjs");
}

function run(node: string, launcher: string, args: readonly string[], home: string, path = "") {
  const env = { AI_FIRST_HOME: join(home, "home"), PATH: path };
  const { status, signal, stdout, stderr } = spawnSync(node, [launcher, ...args], { env, encoding: "utf8" });
  return { status, signal, stdout, stderr };
}

const nodes = [
  ["this Node", process.execPath] as const,
  ...(OLD_NODE === undefined ? [] : [["an older Node", OLD_NODE] as const]),
];

test("an older Node is there to test with", ({ skip }) => {
  skip(OLD_NODE === undefined, "no Node below 24 on PATH: the relaunch is not tested here");
  expect(OLD_NODE).toBeDefined();
});

test.for(nodes)("%s runs the program with its arguments and its exit code", ([, node]) => {
  using directory = scratch();
  const launcher = makePackage(directory.path, { modulesIn: directory.path });
  const { status, stdout, stderr } = run(node, launcher, ["exit", "12", "--x", "a b"], directory.path);
  expect({ status, stderr }).toEqual({ status: 12, stderr: "" });
  expect(JSON.parse(stdout)).toEqual({ args: ["exit", "12", "--x", "a b"], major: 24 });
});

test.for(nodes)("%s answers --version without a program", ([, node]) => {
  using directory = scratch();
  const launcher = makePackage(directory.path, { file: "elsewhere.ts" });
  expect(run(node, launcher, ["--version"], directory.path)).toMatchObject({
    status: 0,
    stdout: "9.8.7\n",
    stderr: "",
  });
});

test("the built program is preferred to the sources", () => {
  using directory = scratch();
  const launcher = makePackage(directory.path);
  mkdirSync(join(directory.path, "dist"));
  writeFileSync(join(directory.path, "dist/airun.cjs"), "exports.main = async () => 7;");
  expect(run(process.execPath, launcher, [], directory.path).status).toBe(7);
});

test("compiled code is kept in the home, which only its owner can write", () => {
  using directory = scratch();
  const launcher = makePackage(directory.path);
  run(process.execPath, launcher, [], directory.path);
  expect(readdirSync(join(directory.path, "home/cache")).length).toBeGreaterThan(0);
  expect(statSync(join(directory.path, "home")).mode & 0o077).toBe(0);
});

test.skipIf(OLD_NODE === undefined)("installed as a dependency it finds the Node beside it", () => {
  using directory = scratch();
  const root = join(directory.path, "node_modules/ai-first-runtime");
  const launcher = makePackage(root, { file: "dist/airun.cjs" });
  for (const name of readdirSync(OWN_MODULES).filter((each) => each.startsWith("node-")))
    symlinkSync(join(OWN_MODULES, name), join(directory.path, "node_modules", name));
  const { stdout } = run(OLD_NODE ?? "", launcher, ["x"], directory.path);
  expect(JSON.parse(stdout)).toEqual({ args: ["x"], major: 24 });
});

test.skipIf(OLD_NODE === undefined)(
  "without a Node of its own it takes one from an absolute PATH entry",
  () => {
    using directory = scratch();
    const launcher = makePackage(directory.path);
    const path = `relative:${dirname(OLD_NODE ?? "")}:${dirname(process.execPath)}`;
    expect(JSON.parse(run(OLD_NODE ?? "", launcher, [], directory.path, path).stdout)).toMatchObject({
      major: 24,
    });
  },
);

test.skipIf(OLD_NODE === undefined)("without any it says what is missing", () => {
  using directory = scratch();
  const { status, stdout, stderr } = run(
    OLD_NODE ?? "",
    makePackage(directory.path),
    ["run"],
    directory.path,
  );
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(
    /^error: airun needs Node 24 or newer; this is \d+\.\d+\.\d+, .*\nhint: Install Node 24/,
  );
  const [, advised] = /npm install (\S+)@24\.$/m.exec(stderr) ?? [];
  const { optionalDependencies } = JSON.parse(readFileSync(MANIFEST, "utf8")) as {
    optionalDependencies: Readonly<Record<string, string>>;
  };
  expect(optionalDependencies[advised ?? ""]).toMatch(/^24\./);
});

test.for(nodes)("%s passes a SIGINT on and waits for the answer", async ([, node]) => {
  using directory = scratch();
  const launcher = makePackage(directory.path, { modulesIn: directory.path });
  const child = spawn(node, [launcher, "wait"], { env: { AI_FIRST_HOME: join(directory.path, "home") } });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += String(chunk);
    if (text === "waiting\n") child.kill("SIGINT");
  });
  expect(await once(child, "close")).toEqual([30, null]);
  expect(text).toBe("waiting\nasked to stop\n");
});

test.for(nodes)("%s ends by the signal that ended the program", ([, node]) => {
  using directory = scratch();
  const launcher = makePackage(directory.path, { modulesIn: directory.path });
  expect(run(node, launcher, ["die"], directory.path)).toMatchObject({ status: null, signal: "SIGTERM" });
});

test("what was printed reaches a slow reader whole", async () => {
  using directory = scratch();
  const launcher = makePackage(directory.path);
  const child = spawn(process.execPath, [launcher, "print", "5000000"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  await new Promise((resolve) => setTimeout(resolve, 300));
  let size = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) size += chunk.length;
  expect([size, (await ended)[0]]).toEqual([5_000_000, 3]);
});

test("a program that cannot be loaded is an error without a stack", () => {
  using directory = scratch();
  const { status, stderr } = run(
    process.execPath,
    makePackage(directory.path, { file: "elsewhere.ts" }),
    ["x"],
    directory.path,
  );
  expect(status).toBe(20);
  expect(stderr).toMatch(/^error INTERNAL: Cannot find module .*\n$/);
});

function findOldNode(): string | undefined {
  const directories = ["/usr/bin", "/usr/local/bin", ...(process.env["PATH"] ?? "").split(":")];
  const candidates = directories
    .map((directory) => join(directory, "node"))
    .filter((path) => existsSync(path));
  return candidates.find(
    (path) =>
      Number(execFileSync(path, ["-p", "process.versions.node.split('.')[0]"], { encoding: "utf8" })) < 24,
  );
}

test("what was loaded beside the program may finish its own", () => {
  using directory = scratch();
  const launcher = makePackage(directory.path);
  const beside = join(directory.path, "beside.mjs");
  writeFileSync(beside, `setTimeout(() => process.stdout.write("exported\\n"), 200);`);
  const env = { AI_FIRST_HOME: join(directory.path, "home"), NODE_OPTIONS: `--import ${beside}` };
  const { stdout } = spawnSync(process.execPath, [launcher, "exit", "0"], { env, encoding: "utf8" });
  expect(stdout).toContain("exported");
});
