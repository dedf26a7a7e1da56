import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { bindMount, mayMount, mountTmpfs, unmount } from "../mounts.ts";
import { listing, openArena, outcomeOf, SECRET, SPECIALS } from "./path-arena.ts";
import { USES } from "./path-uses.ts";
import { oneIn } from "../one-in.ts";
import { verifies } from "../requirements.ts";

verifies("workspace:paths");

const REFUSED = { code: "PATH_REFUSED" };

const canMount = mayMount();
if (!canMount)
  console.warn(
    "SKIPPED: other file systems below a workspace are not tested, because this user may not mount any.",
  );

test.for(SPECIALS)(
  "a directory with a %s in it is not deleted, moved, copied, replaced or archived",
  async (name) => {
    await using arena = await openArena();
    const { stdlib } = arena;
    mkdirSync(join(stdlib.path, "dir/deep"), { recursive: true });
    renameSync(join(stdlib.path, name), join(stdlib.path, "dir/deep", name));
    const before = listing(stdlib.path);
    for (const use of USES.filter(({ id }) =>
      /^(io\.fs\.(delete|move|copy)|sys\.archive\.(zip|tar))$/.test(id),
    ))
      expect([use.id, use.field, await outcomeOf(stdlib.run(use.id, use.inputs("dir")))]).toEqual([
        use.id,
        use.field,
        { code: use.field === "output_path" ? "ALREADY_EXISTS" : "PATH_REFUSED" },
      ]);
    expect(listing(stdlib.path)).toEqual(before);
  },
);

test("whoever writes into a pipe does not notice that reading it was refused", async () => {
  await using arena = await openArena();
  const pipe = join(arena.stdlib.path, "pipe");
  const writer = spawn("sh", ["-c", 'echo ready; echo kept > "$0"', pipe], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(writer.stdout, "data");
  for (const { id, inputs } of USES) await outcomeOf(arena.stdlib.run(id, inputs("pipe")));
  expect(spawnSync("timeout", ["10", "cat", pipe], { encoding: "utf8" }).stdout).toBe("kept\n");
});

describe.skipIf(!canMount)("another file system (skipped where nothing can be mounted)", () => {
  test.for(oneIn(6, USES))(
    "is neither entered, read nor changed by $id $field",
    async ({ id, inputs, ofSpecial = REFUSED }) => {
      await using arena = await openArena();
      const { path: root, run } = arena.stdlib;
      const [mounted, bound] = [join(root, "mounted"), join(root, "bound")];
      mkdirSync(mounted);
      writeFileSync(bound, "below");
      mountTmpfs(mounted, "64k");
      mkdirSync(join(mounted, "dir"));
      writeFileSync(join(mounted, "file"), SECRET);
      bindMount(join(mounted, "file"), bound);
      try {
        const before = listing(root);
        for (const path of ["mounted/file", "mounted/dir", "mounted/new", "mounted/new/deep"])
          expect({ path, ...(await outcomeOf(run(id, inputs(path)))) }).toEqual({ path, ...REFUSED });
        const ofBound = await outcomeOf(run(id, inputs("bound")));
        if ("code" in ofBound) expect(ofBound).toEqual(ofSpecial);
        else expect(ofSpecial).toHaveProperty("value");
        expect(listing(root)).toEqual(before);
      } finally {
        unmount(bound);
        unmount(mounted);
      }
    },
  );
});
