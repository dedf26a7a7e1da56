import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

import { shareIn } from "./prove-share.ts";
import { scratch } from "./scratch.ts";
import { snapshot } from "./snapshot.ts";
import { buildPdf, showText } from "./stdlib/pdf-bytes.ts";
import { verifies } from "./requirements.ts";

verifies("dist:package");

const ROOT = join(import.meta.dirname, "..");
const SOURCES = [
  "src",
  "bin",
  "assets",
  "scripts",
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
const temporary = join(directory.path, "tmp");
afterAll(() => directory[Symbol.dispose]());

/** Packs as it is released, and installs as a user would: with optional dependencies, and without any script. */
beforeAll(() => {
  for (const path of [installed, temporary]) mkdirSync(path);
  const copy = copyCheckout("copy");
  run("npm", ["run", "package", "--", "--destination", directory.path], copy);
  const [tarball = ""] = readdirSync(directory.path).filter((name) => name.endsWith(".tgz"));
  writeFileSync(join(installed, "package.json"), JSON.stringify({ private: true, type: "module" }));
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", join("..", tarball)], installed);
}, 300_000);

function copyCheckout(name: string): string {
  const copy = join(directory.path, name);
  mkdirSync(copy);
  for (const each of SOURCES)
    if (existsSync(join(ROOT, each))) cpSync(join(ROOT, each), join(copy, each), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  return copy;
}

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

test("the manifest has what users need: no Node for checkouts, no scripts, no tools", () => {
  const [packed, own] = [join(installed, "node_modules/ai-first-runtime"), ROOT].map(
    (path) => JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as Record<string, unknown>,
  );
  const { scripts, devDependencies, optionalDependencies, overrides, knip, ...rest } = own ?? {};
  expect(packed).toEqual(rest);
  expect([scripts, devDependencies, optionalDependencies, overrides, knip]).not.toContain(undefined);
});

test("nothing that is installed runs an install script, and no Node comes along", () => {
  const modules = join(installed, "node_modules");
  const packages = readdirSync(modules, { recursive: true, encoding: "utf8" })
    .filter((path) =>
      /^(?:.*\/)?node_modules\/.*package\.json$|^(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path),
    )
    .map((path) => JSON.parse(readFileSync(join(modules, path), "utf8")) as Record<string, unknown>);
  const names = packages.map(({ name }) => String(name));
  expect(names).toEqual(expect.arrayContaining(["ai-first-runtime", "zod", "@huggingface/jinja"]));
  expect(names.filter((name) => /^node-(?:linux|darwin|win|bin)/.test(name))).toEqual([]);
  const scripted = packages.filter(({ scripts }) =>
    ["preinstall", "install", "postinstall"].some((name) => Object.hasOwn(scripts ?? {}, name)),
  );
  expect(scripted).toEqual([]);
});

const CHECKOUTS: readonly [string, string, (copy: string) => void, boolean][] = [
  ["as it is", ".", () => {}, true],
  [
    "that does not compile",
    ".",
    (copy) => writeFileSync(join(copy, "src/airun.ts"), "export const main: Absent = 0;"),
    false,
  ],
  [
    "whose manifest names a door that is not there",
    ".",
    (copy) => {
      const path = join(copy, "package.json");
      writeFileSync(path, readFileSync(path, "utf8").replace("./dist/index.js", "./dist/absent.js"));
    },
    false,
  ],
  ["when the tarball cannot be written", "absent", () => {}, false],
];

test.for(shareIn(CHECKOUTS))(
  "packing leaves nothing behind in a checkout %s",
  ([name, destination, change, succeeds]) => {
    const copy = copyCheckout(name);
    const out = join(directory.path, `packed ${name}`);
    mkdirSync(out);
    change(copy);
    const before = snapshot(copy, { times: true });
    const args = ["run", "package", "--", "--destination", join(out, destination)];
    const { status, stdout, stderr } = start("npm", args, copy);
    expect(status === 0, stdout + stderr).toBe(succeeds);
    expect(snapshot(copy, { times: true })).toEqual(before);
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(out)).toEqual(
      succeeds ? [expect.stringMatching(/^ai-first-runtime-[\d.]+\.tgz$/)] : [],
    );
  },
);

test("npm pack and npm publish refuse in a checkout, and say what to do", () => {
  for (const command of ["pack", "publish"]) {
    const { status, stderr } = start("npm", [command, "--dry-run"], join(directory.path, "copy"));
    expect(status).not.toBe(0);
    expect(stderr).toContain("npm run package");
  }
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

test("code of a pack runs in the sandbox", () => {
  cpSync(join(ROOT, "examples/packs/contents"), join(installed, "contents"), { recursive: true });
  mkdirSync(join(installed, "workspace/notes"), { recursive: true });
  writeFileSync(join(installed, "workspace/notes/tea.md"), "# Tea\n");
  const airun = (...line: readonly string[]) =>
    run("npx", ["--no-install", "airun", ...line], installed).stdout;
  const propose = [
    "env",
    "AI_FIRST_AGENT=helper",
    "npx",
    "--no-install",
    "airun",
    "propose",
    "contents",
  ] as const;
  const { stdout } = run(propose[0], [...propose.slice(1), "--reason", "needed", "--json"], installed);
  airun("approve", (JSON.parse(stdout) as { id: string }).id);
  airun("pack", "activate", "contents", "--reason", "go");
  airun("run", "docs.contents.write", "--input", "directory=notes");
  expect(readFileSync(join(installed, "workspace/notes/CONTENTS.md"), "utf8")).toBe("- [Tea](tea.md)\n");
});

test("airun demo, and the undo of it", () => {
  run("npx", ["--no-install", "airun", "demo"], installed);
  expect(existsSync(join(installed, "workspace/report.md"))).toBe(true);
  run("npx", ["--no-install", "airun", "undo", "last"], installed);
  expect(existsSync(join(installed, "workspace/report.md"))).toBe(false);
});

test("a PDF reads the same with and without the optional dependency", () => {
  const canvas = join(installed, "node_modules/@napi-rs");
  mkdirSync(join(installed, "workspace"), { recursive: true });
  writeFileSync(join(installed, "workspace/a.pdf"), buildPdf([showText([20, 300, "(Green tea)"])]));
  const read = () => {
    const call = ["run", "io.pdf.extract_text", "--input", "pdf_path=a.pdf", "--json"];
    const { outputs } = JSON.parse(run("npx", ["--no-install", "airun", ...call], installed).stdout);
    return JSON.stringify(outputs);
  };
  expect(existsSync(canvas)).toBe(true);
  const first = read();
  expect(first).toContain("Green tea");
  rmSync(join(installed, "node_modules"), { recursive: true });
  run("npm", ["install", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"], installed);
  expect(existsSync(canvas)).toBe(false);
  expect(read()).toBe(first);
});

function run(command: string, args: readonly string[], cwd: string): { stdout: string } {
  const { status, stdout, stderr } = start(command, args, cwd);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return { stdout };
}

function start(command: string, args: readonly string[], cwd: string) {
  const path = [dirname(process.execPath), join(ROOT, "node_modules/.bin"), process.env["PATH"]].join(
    delimiter,
  );
  const env = {
    ...process.env,
    PATH: path,
    AI_FIRST_HOME: join(directory.path, "home"),
    NODE_OPTIONS: "",
    NODE_DISABLE_COMPILE_CACHE: "1",
    NO_COLOR: "1",
    TMPDIR: temporary,
  };
  return spawnSync(command, args, { cwd, env, encoding: "utf8" });
}
