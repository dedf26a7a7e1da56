import { spawnSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";

import { buildPdf, showText } from "../stdlib/pdf-bytes.ts";
import { openStdlib, type Stdlib } from "../stdlib/stdlib-context.ts";
import { buildZip } from "../stdlib/zip-bytes.ts";
import { snapshot } from "../snapshot.ts";
import { verifies } from "../requirements.ts";

verifies("workspace:paths");

type Use = {
  readonly id: string;
  readonly field: string;
  /** The directory of the run itself is a legal value. */
  readonly takesRoot?: true;
  readonly inputs: (path: string) => Record<string, unknown>;
};

const PATCH = "--- a\n+++ b\n@@ -1 +1 @@\n-inside\n+patched\n";

const USES: readonly Use[] = [
  { id: "io.fs.read_file", field: "path", inputs: (path) => ({ path }) },
  { id: "io.fs.hash_file", field: "path", inputs: (path) => ({ path }) },
  { id: "io.fs.write_file", field: "path", inputs: (path) => ({ path, content: "x" }) },
  {
    id: "io.fs.write_file",
    field: "file_path",
    inputs: (file_path) => ({ file_path, content: "x", create_dirs: true }),
  },
  {
    id: "io.fs.write_bytes",
    field: "path",
    inputs: (path) => ({ path, content_base64: "YQ==", overwrite: true, create_dirs: true }),
  },
  { id: "io.fs.append_file", field: "path", inputs: (path) => ({ path, content: "x" }) },
  { id: "io.fs.patch_file", field: "path", inputs: (path) => ({ path, patch: PATCH }) },
  {
    id: "io.fs.list_dir",
    field: "path",
    takesRoot: true,
    inputs: (path) => ({ path, recursive: true, include_hidden: true }),
  },
  { id: "io.fs.make_dir", field: "path", inputs: (path) => ({ path, parents: true, exist_ok: false }) },
  { id: "io.fs.delete", field: "path", inputs: (path) => ({ path, recursive: true }) },
  { id: "io.fs.exists", field: "path", takesRoot: true, inputs: (path) => ({ path }) },
  { id: "io.fs.stat", field: "path", takesRoot: true, inputs: (path) => ({ path }) },
  { id: "io.fs.move", field: "source", inputs: (source) => ({ source, destination: "new" }) },
  {
    id: "io.fs.move",
    field: "destination",
    inputs: (destination) => ({ source: "inside.txt", destination, overwrite: true }),
  },
  { id: "io.fs.copy", field: "source", inputs: (source) => ({ source, destination: "new" }) },
  {
    id: "io.fs.copy",
    field: "destination",
    inputs: (destination) => ({ source: "inside.txt", destination, overwrite: true }),
  },
  {
    id: "io.fs.glob",
    field: "path",
    takesRoot: true,
    inputs: (path) => ({ path, pattern: "**", include_hidden: true }),
  },
  {
    id: "io.fs.search",
    field: "path",
    takesRoot: true,
    inputs: (path) => ({ path, query: "e", include_hidden: true }),
  },
  {
    id: "sys.archive.zip",
    field: "source_paths",
    takesRoot: true,
    inputs: (path) => ({ source_paths: [path], output_path: "new.zip" }),
  },
  {
    id: "sys.archive.zip",
    field: "output_path",
    inputs: (output_path) => ({ source_paths: ["inside.txt"], output_path }),
  },
  {
    id: "sys.archive.tar",
    field: "source_paths",
    takesRoot: true,
    inputs: (path) => ({ source_paths: [path], output_path: "new.tar" }),
  },
  {
    id: "sys.archive.tar",
    field: "output_path",
    inputs: (output_path) => ({ source_paths: ["inside.txt"], output_path }),
  },
  {
    id: "sys.archive.unzip",
    field: "archive_path",
    inputs: (archive_path) => ({ archive_path, output_dir: "new" }),
  },
  {
    id: "sys.archive.unzip",
    field: "output_dir",
    takesRoot: true,
    inputs: (output_dir) => ({ archive_path: "a.zip", output_dir, overwrite: true }),
  },
  {
    id: "sys.archive.untar",
    field: "archive_path",
    inputs: (archive_path) => ({ archive_path, output_dir: "new" }),
  },
  {
    id: "sys.archive.untar",
    field: "output_dir",
    takesRoot: true,
    inputs: (output_dir) => ({ archive_path: "a.tar", output_dir, overwrite: true }),
  },
  { id: "io.pdf.extract_table", field: "pdf_path", inputs: (pdf_path) => ({ pdf_path }) },
  { id: "io.pdf.extract_text", field: "pdf_path", inputs: (pdf_path) => ({ pdf_path }) },
];

const SECRET = "secret-of-the-outside";

type Arena = Disposable & { readonly stdlib: Stdlib; readonly outside: string };

/** A workspace, and beside it what must not be reached, with every kind of bridge between them. */
async function openArena(): Promise<Arena> {
  const stdlib = openStdlib();
  const outside = `${stdlib.path}-evil`;
  mkdirSync(outside);
  for (const name of [SECRET, "file"]) writeFileSync(join(outside, name), SECRET);
  writeFileSync(
    join(outside, "a.pdf"),
    buildPdf([showText([10, 10, `(${SECRET})`], [200, 10, "(x)"], [10, 30, "(a)"], [200, 30, "(b)"])]),
  );
  writeFileSync(join(outside, "a.zip"), buildZip([{ name: SECRET, data: SECRET }]));
  writeFileSync(join(stdlib.path, "inside.txt"), "inside\n");
  await stdlib.run("sys.archive.tar", { source_paths: ["inside.txt"], output_path: "a.tar" });
  await stdlib.run("sys.archive.zip", { source_paths: ["inside.txt"], output_path: "a.zip" });
  const link = (target: string, name: string) => symlinkSync(target, join(stdlib.path, name));
  link(join(outside, "file"), "to-file");
  link(join(outside, "a.pdf"), "to-pdf");
  link(join(outside, "a.zip"), "to-zip");
  link(outside, "to-dir");
  link(`../${outside.split("/").at(-1)}`, "to-dir-relative");
  link(join(outside, "not-yet"), "dangling");
  link("loop-b", "loop-a");
  link("loop-a", "loop-b");
  for (let i = 0; i < 40; i++) link(i === 0 ? outside : `chain-${i - 1}`, `chain-${i}`);
  link("/", "to-root");
  link("/proc/self/fd", "to-fds");
  linkSync(join(outside, "file"), join(stdlib.path, "hard"));
  spawnSync("mkfifo", [join(stdlib.path, "pipe")]);
  return {
    stdlib,
    outside,
    [Symbol.dispose]() {
      rmSync(outside, { recursive: true });
      stdlib[Symbol.dispose]();
    },
  };
}

const outcomeOf = (pending: Promise<unknown>) =>
  pending.then(
    (value) => ({ value }),
    (error: Error & { code?: string }) => ({ code: error.code ?? error.message }),
  );

/** Refused by their spelling alone, whatever lies there. */
const SPELLINGS: readonly (readonly [string, (arena: Arena) => string])[] = [
  ["a parent", () => "../x"],
  ["a parent inside", () => "a/../../x"],
  ["a parent at the end", () => "a/.."],
  ["an absolute path", () => "/etc/passwd"],
  ["the sibling with the same prefix", ({ outside }) => `../${outside.split("/").at(-1)}/file`],
  ["the sibling, absolute", ({ outside }) => `${outside}/file`],
  ["the workspace itself, absolute", ({ stdlib }) => `${stdlib.path}/inside.txt`],
  ["nothing", () => ""],
  ["two slashes", () => "a//b"],
  ["a dot inside", () => "a/./b"],
  ["a slash at the end", () => "a/"],
  ["a dot at the end", () => "a."],
  ["a space at the end", () => "a "],
  ["a space in front", () => " a"],
  ["a backslash", () => "..\\x"],
  ["a drive", () => "C:\\x"],
  ["NUL", () => "f\0.txt"],
  ["a home", () => "~/x"],
  ["another home", () => "~root/x"],
  ["a URL", () => "file:///etc/passwd"],
  ["/proc", () => "/proc/self/root/etc/passwd"],
  ["a descriptor", () => "/proc/self/fd/0"],
  ["/dev", () => "/dev/stdin"],
  ["a right-to-left override", () => "a\u202Etxt.exe"],
  ["a zero-width character", () => "a\u200Bb"],
  ["a line break", () => "a\nb"],
  ["an escape", () => "a\u001B[2Jb"],
  ["decomposed form", () => "e\u0301"],
  ["a component of 256 bytes", () => "a".repeat(256)],
  ["a path of 4097 bytes", () => "a/".repeat(2048) + "ab"],
  ["100,000 components", () => "a/".repeat(100_000) + "a"],
  ["half a character", () => "a\uD800"],
  ["the runtime's own directory", () => ".ai-first/ledger.db"],
  ["its own directory in capitals", () => ".AI-First/blobs"],
];

/** Legal spellings that lead, or seem to lead, outside; what is below a link comes before it, because a link may be deleted. */
const BRIDGES: readonly string[] = [
  "to-dir/deep/new",
  "to-dir/file",
  "to-dir/a.pdf",
  "to-dir/a.zip",
  "to-dir/new",
  "to-dir",
  "to-file",
  "to-pdf",
  "to-zip",
  "to-dir-relative/file",
  "dangling/x",
  "dangling",
  "loop-a/x",
  "loop-a",
  "chain-39/file",
  "chain-39",
  "to-root/etc/passwd",
  "to-fds/0",
  "hard",
  "pipe/x",
  "pipe",
  "%2e%2e%2fx",
  "%252e%252e%252fx",
  "..%c0%afx",
  "$HOME",
  "inside.txt/x",
];

describe.for(USES)("$id $field", ({ id, inputs, takesRoot }) => {
  test("refuses what is not a plain relative path, and changes nothing", async () => {
    using arena = await openArena();
    const { stdlib } = arena;
    const before = [snapshot(arena.outside, { times: true }), listing(stdlib.path)];
    const effects = stdlib.effects();
    for (const [what, path] of SPELLINGS)
      expect([what, await outcomeOf(stdlib.run(id, inputs(path(arena))))]).toEqual([
        what,
        { code: "PATH_REFUSED" },
      ]);
    expect([snapshot(arena.outside, { times: true }), listing(stdlib.path)]).toEqual(before);
    expect(stdlib.effects()).toBe(effects);
  });

  test.runIf(takesRoot === undefined)("refuses the directory of the run itself", async () => {
    using arena = await openArena();
    const before = listing(arena.stdlib.path);
    expect(await outcomeOf(arena.stdlib.run(id, inputs(".")))).toMatchObject({
      code: expect.stringMatching(/^(PATH_REFUSED|FILE_NOT_FOUND|ALREADY_EXISTS)$/),
    });
    expect(listing(arena.stdlib.path)).toEqual(before);
  });

  test("neither reads nor changes what lies outside, whatever bridge leads there", async () => {
    using arena = await openArena();
    const { path: root } = arena.stdlib;
    const before = snapshot(arena.outside, { times: true });
    for (const path of BRIDGES) {
      for (const name of ["new", "new.zip", "new.tar"])
        rmSync(join(root, name), { recursive: true, force: true });
      writeFileSync(join(root, "inside.txt"), "inside\n");
      const outcome = await outcomeOf(arena.stdlib.run(id, inputs(path)));
      expect([path, JSON.stringify(outcome)]).toEqual([path, expect.not.stringContaining(SECRET)]);
      if ("code" in outcome)
        expect([path, outcome.code]).toEqual([
          path,
          expect.stringMatching(
            /^(PATH_REFUSED|FILE_NOT_FOUND|ALREADY_EXISTS|CONTENT_INVALID|INPUT_INVALID)$/,
          ),
        ]);
      expect([path, snapshot(arena.outside, { times: true })]).toEqual([path, before]);
      for (const file of plainFiles(root))
        expect([path, readFileSync(file, "utf8")]).toEqual([path, expect.not.stringContaining(SECRET)]);
    }
  });
});

test("every field of the standard library that names a path is in the table", async () => {
  const { HANDLERS } = await import("../../src/skills/handlers.ts");
  const { readSpec } = await import("../stdlib/stdlib-context.ts");
  const fields = Object.keys(HANDLERS)
    .map(readSpec)
    .filter(({ side_effects }) => side_effects.some((effect) => effect.startsWith("filesystem")))
    .flatMap(({ id, inputs }) => Object.keys(inputs.properties ?? {}).map((field) => `${id} ${field}`))
    .filter((name) => /path|source|destination|_dir$/.test(name.split(" ")[1] ?? ""));
  expect(new Set(USES.map(({ id, field }) => `${id} ${field}`))).toEqual(new Set(fields));
});

test("a socket is refused like a pipe", async () => {
  using arena = await openArena();
  const server = createServer().listen(join(arena.stdlib.path, "socket"));
  await new Promise((resolve) => server.once("listening", resolve));
  expect(await outcomeOf(arena.stdlib.run("io.fs.read_file", { path: "socket" }))).toMatchObject({
    code: expect.stringMatching(/^(PATH_REFUSED|UNKNOWN)$/),
  });
  server.close();
});

test("protected names can be read, but not written, moved to or unpacked", async () => {
  using arena = await openArena();
  const { stdlib } = arena;
  mkdirSync(join(stdlib.path, ".git/hooks"), { recursive: true });
  writeFileSync(join(stdlib.path, ".git/config"), "config");
  for (const path of [".git/hooks/pre-commit", ".GIT/config", "a/.git/config", ".env", ".env.local", ".ENV"])
    for (const id of [
      "io.fs.write_file",
      "io.fs.write_bytes",
      "io.fs.append_file",
      "io.fs.make_dir",
      "io.fs.delete",
    ])
      expect(await outcomeOf(stdlib.run(id, USES.find((use) => use.id === id)?.inputs(path) ?? {}))).toEqual({
        code: "PATH_REFUSED",
      });
  expect(await stdlib.run("io.fs.read_file", { path: ".git/config" })).toMatchObject({ content: "config" });
});

test("a root that is replaced by a link while it is open is not followed", async () => {
  using arena = await openArena();
  const { stdlib, outside } = arena;
  const moved = join(dirname(stdlib.path), `${outside.split("/").at(-1)}-moved`);
  renameSync(stdlib.path, moved);
  symlinkSync(outside, stdlib.path);
  try {
    expect(await stdlib.run("io.fs.read_file", { path: "inside.txt" })).toMatchObject({
      content: "inside\n",
    });
    const before = snapshot(outside, { times: true });
    await stdlib.run("io.fs.write_file", { path: "new", content: "x" });
    expect(snapshot(outside, { times: true })).toEqual(before);
    expect(readFileSync(join(moved, "new"), "utf8")).toBe("x");
  } finally {
    rmSync(stdlib.path);
    renameSync(moved, stdlib.path);
  }
});

/** Names and kinds; a snapshot would read the pipe. */
function listing(path: string): string {
  return spawnSync(
    "find",
    [realpathSync(path), "-not", "-path", "*/.ai-first/*", "-printf", "%P %y %s %m %l\n"],
    { encoding: "utf8" },
  ).stdout;
}

function plainFiles(path: string): string[] {
  const { stdout } = spawnSync(
    "find",
    [path, "-type", "f", "-links", "1", "-not", "-path", "*/.ai-first/*"],
    { encoding: "utf8" },
  );
  return stdout.split("\n").filter((line) => line !== "");
}
