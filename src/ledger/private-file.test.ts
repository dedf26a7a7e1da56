import { readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { makePrivate, makePrivateDir, readPrivate, shred } from "./private-file.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:secrets");

test("a private file has its whole content, and the first one that was made stays", () => {
  using directory = scratch();
  const path = join(directory.path, "secret");
  expect(readPrivate(path)).toBeUndefined();
  expect(makePrivate(path, Buffer.from("one")).toString()).toBe("one");
  expect(makePrivate(path, Buffer.from("two")).toString()).toBe("one");
  expect(readPrivate(path)?.toString()).toBe("one");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory.path)).toEqual(["secret"]);
});

test("a shredded file is gone, and a link in its place is left alone", () => {
  using directory = scratch();
  const path = join(directory.path, "secret");
  const other = join(directory.path, "other");
  makePrivate(path, Buffer.from("one"));
  shred(path);
  shred(path);
  writeFileSync(other, "kept");
  symlinkSync(other, path);
  expect(() => shred(path)).toThrow(expect.objectContaining({ code: "PATH_REFUSED" }));
  expect(readFileSync(other, "utf8")).toBe("kept");
});

test("what the system refuses is an error of the catalogue that names the file", () => {
  using directory = scratch();
  const missing = join(directory.path, "missing", "secret");
  expect(() => makePrivate(missing, Buffer.of(1))).toThrow(
    expect.objectContaining({ code: "FILE_NOT_FOUND", message: expect.stringContaining(missing) }),
  );
  writeFileSync(join(directory.path, "file"), "");
  expect(() => makePrivateDir(join(directory.path, "file", "below"))).toThrow(/below/);
  // The name is taken by a directory: making the file fails at the last moment, and nothing is left behind.
  const taken = join(directory.path, "taken");
  makePrivateDir(taken);
  expect(() => makePrivate(taken, Buffer.of(1))).toThrow();
  expect(readdirSync(directory.path).sort()).toEqual(["file", "taken"]);
});
