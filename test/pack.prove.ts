import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("dist:package");

const ROOT = join(import.meta.dirname, "..");
const SOURCES = [
  "src",
  "bin",
  "assets",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "LICENSE",
  "README.md",
  "README.zh-CN.md",
  "CHANGELOG.md",
];

const directory = scratch();
const installed = join(directory.path, "installed");
afterAll(() => directory[Symbol.dispose]());

/** Packs a copy, so that no `dist` appears where others work, and installs it as a user would, without any script. */
beforeAll(() => {
  const copy = join(directory.path, "copy");
  mkdirSync(copy);
  for (const name of SOURCES)
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  run("npm", ["pack", "--pack-destination", directory.path], copy);
  const [tarball = ""] = readdirSync(directory.path).filter((name) => name.endsWith(".tgz"));
  mkdirSync(installed);
  writeFileSync(join(installed, "package.json"), JSON.stringify({ private: true, type: "module" }));
  run(
    "npm",
    [
      "install",
      "--ignore-scripts",
      "--omit=dev",
      "--omit=optional",
      "--no-audit",
      "--no-fund",
      join("..", tarball),
    ],
    installed,
  );
}, 300_000);

test("what is packed is the program and its assets, without sources or tests", () => {
  const root = join(installed, "node_modules", "ai-first-runtime");
  expect(readdirSync(root)).toEqual(
    expect.arrayContaining(["LICENSE", "assets", "bin", "dist", "package.json"]),
  );
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (name) => !name.startsWith("node_modules"),
  );
  expect(files.filter((name) => /\.test\.|\.prove\.|(?<!\.d)\.ts$/.test(name))).toEqual([]);
});

test("airun smoke", () => {
  const { stdout } = run("npx", ["--no-install", "airun", "smoke"], installed);
  const values = new Map(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split("=") as [string, string]),
  );
  expect(values.get("RESOLVED_SPECS_DIR")).toBe(
    join(installed, "node_modules/ai-first-runtime/assets/capabilities/validated/stdlib"),
  );
  expect(Number(values.get("STDLIB_LOADED"))).toBe(
    readdirSync(join(ROOT, "assets/capabilities/validated/stdlib")).length,
  );
});

test("the embedding example, run and type-checked against the package", () => {
  const example = readFileSync(join(ROOT, "examples/embed.ts"), "utf8").replace(
    "../src/index.ts",
    "ai-first-runtime",
  );
  writeFileSync(join(installed, "embed.ts"), example);
  expect(run(process.execPath, ["embed.ts"], installed).stdout).toBe(
    "COMPLETED { bytes: 12 } Hello, Ada!\nundone\n",
  );
  copyFileSync(join(ROOT, "tsconfig.json"), join(installed, "base.json"));
  const compilerOptions = { typeRoots: [join(ROOT, "node_modules/@types")], skipLibCheck: false };
  writeFileSync(
    join(installed, "tsconfig.json"),
    JSON.stringify({ extends: "./base.json", compilerOptions, include: ["embed.ts"] }),
  );
  run(join(ROOT, "node_modules/.bin/tsc"), ["-p", "."], installed);
});

test("airun demo, and the undo of it", () => {
  run("npx", ["--no-install", "airun", "demo"], installed);
  expect(existsSync(join(installed, "workspace/report.md"))).toBe(true);
  run("npx", ["--no-install", "airun", "undo", "last"], installed);
  expect(existsSync(join(installed, "workspace/report.md"))).toBe(false);
});

function run(command: string, args: readonly string[], cwd: string): { stdout: string } {
  const path = [dirname(process.execPath), join(ROOT, "node_modules/.bin"), process.env["PATH"]].join(
    delimiter,
  );
  const env = {
    ...process.env,
    PATH: path,
    AI_FIRST_HOME: join(directory.path, "home"),
    NODE_OPTIONS: "",
    NO_COLOR: "1",
  };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return { stdout };
}
