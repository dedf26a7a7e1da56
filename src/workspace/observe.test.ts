import { appendFileSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { scratchWorkspace } from "../../test/scratch-workspace.ts";
import { sha256 } from "../contract/digest.ts";
import { observe, sameContent } from "./observe.ts";
import { verifies } from "../../test/requirements.ts";

verifies("undo:exact", "undo:conflict");

const LARGE_BYTES = 3 * 1024 * 1024;

test.for([
  [100, false],
  [100, true],
  [LARGE_BYTES, false],
  [LARGE_BYTES, true],
] as const)("a file of %i bytes has the hash of its content, kept or not: %s", async ([size, isKept]) => {
  using here = scratchWorkspace();
  const { root, blobs } = here.workspace;
  const content = Buffer.alloc(size, "xyz");
  writeFileSync(join(here.path, "file"), content, { mode: 0o640 });
  const image = await observe(root, "file", "file", isKept ? { keep: blobs } : {});
  expect(image).toMatchObject({ kind: "file", hash: sha256(content), size, mode: 0o640 });
  expect(blobs.has(sha256(content))).toBe(isKept);
});

test("a directory is its name alone, or all that is in it: how many files, how large, and every content", async () => {
  using here = scratchWorkspace();
  const { root, blobs } = here.workspace;
  mkdirSync(join(here.path, "d/deep"), { recursive: true });
  writeFileSync(join(here.path, "d/a"), "12345");
  writeFileSync(join(here.path, "d/deep/b"), "678");
  symlinkSync("a", join(here.path, "d/link"));
  expect(await observe(root, "d", "d")).toMatchObject({ kind: "dir", mode: 0o755 });
  const image = await observe(root, "d", "d", { deep: true, keep: blobs });
  expect(image).toMatchObject({ kind: "tree", files: 2, size: 8 });
  expect(["12345", "678"].every((text) => blobs.has(sha256(text)))).toBe(true);
  expect(image.kind === "tree" && JSON.parse(blobs.read(image.hash).toString())).toMatchObject([
    { path: "", image: { kind: "dir" } },
    { path: "a", image: { kind: "file" } },
    { path: "deep", image: { kind: "dir" } },
    { path: "deep/b", image: { kind: "file" } },
    { path: "link", image: { kind: "link", target: "a" } },
  ]);
});

test.for<[string, (path: string) => void]>([
  ["grows", (path) => appendFileSync(path, "more")],
  ["shrinks", (path) => truncateSync(path, 5)],
  ["is written", (path) => writeFileSync(path, Buffer.alloc(LARGE_BYTES, "new"))],
])(
  "a file that %s while it is looked at is no image, but a conflict that can be tried again",
  async ([, change]) => {
    using here = scratchWorkspace();
    writeFileSync(join(here.path, "file"), Buffer.alloc(LARGE_BYTES, "old"));
    const looking = observe(here.workspace.root, "file", "file");
    change(join(here.path, "file"));
    await expect(looking).rejects.toMatchObject({
      code: "LEASE_CONFLICT",
      retryable: true,
      details: { path: "file" },
    });
  },
);

test("what goes away while its directory is looked at is not in the image", async () => {
  using here = scratchWorkspace();
  mkdirSync(join(here.path, "d"));
  writeFileSync(join(here.path, "d/a"), Buffer.alloc(LARGE_BYTES));
  for (const name of ["b", "c"]) writeFileSync(join(here.path, "d", name), name);
  const looking = observe(here.workspace.root, "d", "d", { deep: true });
  rmSync(join(here.path, "d/b"));
  expect(await looking).toMatchObject({ kind: "tree", files: 2, size: LARGE_BYTES + 1 });
});

const images = {
  absent: { kind: "absent" },
  file: { kind: "file", hash: "h", size: 1, mode: 0o644, mtimeNs: "1" },
  fileOfOtherContent: { kind: "file", hash: "i", size: 1, mode: 0o644, mtimeNs: "1" },
  fileOfOtherMode: { kind: "file", hash: "h", size: 1, mode: 0o600, mtimeNs: "1" },
  link: { kind: "link", target: "t", mtimeNs: "1" },
  linkElsewhere: { kind: "link", target: "u", mtimeNs: "1" },
  dir: { kind: "dir", mode: 0o755, mtimeNs: "1" },
  tree: { kind: "tree", hash: "h", content: "c", files: 1, size: 1 },
  treeOfOtherContent: { kind: "tree", hash: "h", content: "d", files: 1, size: 1 },
} as const;

test("two images are the same where kind, content and mode are; times do not count", () => {
  for (const [name, left] of Object.entries(images))
    for (const [other, right] of Object.entries(images))
      expect([name, other, sameContent(left, right)]).toEqual([name, other, name === other]);
  expect(sameContent(images.file, { ...images.file, mtimeNs: "2" })).toBe(true);
  expect(sameContent(images.link, { ...images.link, mtimeNs: "2" })).toBe(true);
  expect(sameContent(images.tree, { ...images.tree, hash: "other times" })).toBe(true);
  expect(sameContent(images.dir, { ...images.dir, mode: 0o700 })).toBe(true);
});
