import { hash } from "node:crypto";
import { closeSync, openSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { scratchWorkspace } from "../../test/scratch-workspace.ts";
import type { Workspace } from "./workspace.ts";
import { verifies } from "../../test/requirements.ts";

verifies("undo:exact", "undo:retention");

type Store = Disposable & { readonly path: string; readonly workspace: Workspace };

async function keep({ path, workspace }: Store, content: Buffer): Promise<string> {
  const file = join(path, "file");
  writeFileSync(file, content);
  const fd = openSync(file, "r");
  try {
    return await workspace.blobs.keepFile(fd, content.length);
  } finally {
    closeSync(fd);
  }
}

const fileOf = ({ path }: Store, digest: string): string =>
  join(path, ".ai-first/blobs", digest.slice(0, 2), digest.slice(2));

test.for([0, 1, 256 * 1024, 256 * 1024 + 1, 3_000_000])(
  "a content of %i bytes is kept once, under its digest, and nothing is left half built",
  async (size) => {
    using store = scratchWorkspace();
    const content = Buffer.alloc(size, "abc");
    const digest = await keep(store, content);
    expect(digest).toBe(hash("sha256", content));
    const kept = statSync(fileOf(store, digest)).ino;
    expect(await keep(store, content)).toBe(digest);
    expect(await store.workspace.blobs.keepBytes(content)).toBe(digest);
    expect(store.workspace.blobs.read(digest).equals(content)).toBe(true);
    expect(statSync(fileOf(store, digest)).size).toBe(size);
    if (size <= 256 * 1024) expect(statSync(fileOf(store, digest)).ino).toBe(kept);
    expect(readdirSync(join(store.path, ".ai-first/staging/test"))).toEqual([]);
  },
);

test("a content that was changed on the disk is never given out", async () => {
  using store = scratchWorkspace();
  const digest = await store.workspace.blobs.keepBytes(Buffer.from("as it was"));
  writeFileSync(fileOf(store, digest), "as it is");
  expect(() => store.workspace.blobs.read(digest)).toThrow(
    expect.objectContaining({
      code: "PREIMAGE_MISSING",
      message: `The stored content ${digest.slice(0, 12)}… is damaged.`,
    }),
  );
});

test.for([
  "",
  "../../../etc/passwd",
  "0".repeat(63),
  "0".repeat(65),
  `${"0".repeat(63)}G`,
  `${"0".repeat(62)}/x`,
])("%j, as a changed ledger may have it, names no content", (digest) => {
  using store = scratchWorkspace();
  for (const use of ["has", "pathOf", "read"] as const)
    expect(() => store.workspace.blobs[use](digest)).toThrow(
      expect.objectContaining({ code: "PREIMAGE_MISSING" }),
    );
});

test("where the store itself was removed, the error says so and nothing counts as kept", async () => {
  using store = scratchWorkspace();
  rmSync(join(store.path, ".ai-first/blobs"), { recursive: true });
  await expect(store.workspace.blobs.keepBytes(Buffer.from("x"))).rejects.toMatchObject({
    code: "FILE_NOT_FOUND",
    message: "The store of kept contents: ENOENT",
  });
  expect(store.workspace.blobs.has(hash("sha256", "x"))).toBe(false);
  const staged = readdirSync(join(store.path, ".ai-first/staging/test"));
  await expect(keep(store, Buffer.alloc(1_000_000))).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  expect(readdirSync(join(store.path, ".ai-first/staging/test"))).toEqual(staged);
});

test("collecting removes what is neither needed nor new", async () => {
  using store = scratchWorkspace();
  const { blobs } = store.workspace;
  const [needed = "", old = "", fresh = ""] = await Promise.all(
    ["needed", "old", "fresh"].map((text) => blobs.keepBytes(Buffer.from(text))),
  );
  for (const digest of [needed, old]) utimesSync(fileOf(store, digest), 1000, 1000);
  expect(blobs.collect((digest) => digest === needed, 2_000_000)).toBe(1);
  expect([needed, old, fresh].map((digest) => blobs.has(digest))).toEqual([true, false, true]);
});
