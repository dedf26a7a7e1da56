import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";

import { snapshot } from "../snapshot.ts";
import { type Arena, listing, openArena, outcomeOf, plainFiles, SECRET, SPECIALS } from "./path-arena.ts";
import { USES } from "./path-uses.ts";
import { oneIn } from "../one-in.ts";
import { verifies } from "../requirements.ts";

verifies("workspace:paths");

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
  ...SPECIALS.flatMap((name) => [`${name}/x`, name]),
  "%2e%2e%2fx",
  "%252e%252e%252fx",
  "..%c0%afx",
  "$HOME",
  "inside.txt/x",
];

describe.for(oneIn(10, USES))("$id $field", ({ id, inputs, takesRoot, ofSpecial }) => {
  test("refuses what is not a plain relative path, and changes nothing", async () => {
    await using arena = await openArena();
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
    await using arena = await openArena();
    const before = listing(arena.stdlib.path);
    expect(await outcomeOf(arena.stdlib.run(id, inputs(".")))).toMatchObject({
      code: expect.stringMatching(/^(PATH_REFUSED|FILE_NOT_FOUND|ALREADY_EXISTS)$/),
    });
    expect(listing(arena.stdlib.path)).toEqual(before);
  });

  test("has one answer to a pipe, a socket and a device, and changes nothing", async () => {
    await using arena = await openArena();
    const before = listing(arena.stdlib.path);
    for (const path of SPECIALS)
      expect({ path, ...(await outcomeOf(arena.stdlib.run(id, inputs(path)))) }).toMatchObject({
        path,
        ...(ofSpecial ?? { code: "PATH_REFUSED" }),
      });
    expect(listing(arena.stdlib.path)).toEqual(before);
  });

  test("neither reads nor changes what lies outside, whatever bridge leads there", async () => {
    await using arena = await openArena();
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

test("protected names can be read, but not written, moved to or unpacked", async () => {
  await using arena = await openArena();
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
  await using arena = await openArena();
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
