import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { scratchWorkspace } from "../../test/scratch-workspace.ts";
import { snapshot } from "../../test/snapshot.ts";
import { sha256 } from "../contract/digest.ts";
import type { TreeEntry } from "../contract/image.ts";
import { carryOut } from "./carry-out.ts";
import { place, removeIfEmpty } from "./place.ts";
import { verifies } from "../../test/requirements.ts";

verifies("undo:exact", "undo:crash", "workspace:paths");

test.for(["../evil", "a/../../evil", "/evil", "a/..", ".."])(
  "a kept list of a directory that names %s is refused, though its digest is right",
  async (path) => {
    using here = scratchWorkspace();
    const file = { kind: "file", hash: sha256("x"), size: 1, mode: 0o644, mtimeNs: "1" } as const;
    const entries: TreeEntry[] = [
      { path: "", image: { kind: "dir", mode: 0o755, mtimeNs: "1" } },
      { path, image: file },
    ];
    const { blobs, root } = here.workspace;
    await blobs.keepBytes(Buffer.from("x"));
    const hash = await blobs.keepBytes(Buffer.from(JSON.stringify(entries)));
    const tree = { kind: "tree", hash, content: hash, files: 1, size: 1 } as const;
    await expect(place(here.workspace, root, "d", tree)).rejects.toMatchObject({
      code: "PREIMAGE_MISSING",
      message: `The stored manifest ${hash.slice(0, 12)}… holds the path "${path}".`,
    });
    expect(snapshot(here.path)).toEqual([]);
  },
);

test("a directory goes only where it is empty; one that is gone already is gone", () => {
  using here = scratchWorkspace();
  const { root } = here.workspace;
  for (const name of ["empty", "full"]) mkdirSync(join(here.path, name));
  writeFileSync(join(here.path, "full/theirs"), "");
  expect(["empty", "full", "missing"].map((name) => removeIfEmpty(root, name))).toEqual([true, false, true]);
  expect(readdirSync(here.path).sort()).toEqual([".ai-first", "full"]);
  writeFileSync(join(here.path, "file"), "");
  expect(() => removeIfEmpty(root, "file")).toThrow(expect.objectContaining({ message: '"file": ENOTDIR' }));
});

test("what goes away in a directory that is gone already is gone", async () => {
  using here = scratchWorkspace();
  const dir = { kind: "dir", mode: 0o755, mtimeNs: "1" } as const;
  const change = { path: "missing/deep", before: dir, after: { kind: "absent" } } as const;
  expect(await carryOut(here.workspace, [change])).toEqual([]);
});
