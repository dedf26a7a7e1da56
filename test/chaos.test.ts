import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { type Handler, type RunView, RuntimeError } from "../src/index.ts";
import { openIn, verifyIn, workspaceIn } from "./installation.ts";
import { doomedRunOf, isDoomed, nameOf } from "./kill/doom.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("scale:chaos");

const RUNS = 100;
const CONCURRENCY = 20;

test("chaos with seed 1337: 56 injected, 56 rolled back, 56 files gone, all in one ledger", async () => {
  using directory = scratch();
  const workspace = workspaceIn(directory.path);
  const names = Array.from({ length: RUNS }, (_, index) => nameOf(index));
  for (const name of names) mkdirSync(join(workspace, name), { recursive: true });
  let injected = 0;
  const views: RunView[] = [];
  {
    const wrapHandler = (id: string, handler: Handler): Handler =>
      id !== "io.fs.hash_file"
        ? handler
        : async (ctx, input) => {
            if ((await doomedRunOf(ctx)) === undefined) return handler(ctx, input);
            injected++;
            throw new RuntimeError("INTERNAL", `CHAOS_INJECTED_FAILURE: ${id}`);
          };
    await using runtime = await openIn(directory.path, { wrapHandler });
    const queue = [...names.entries()];
    await Promise.all(
      Array.from({ length: CONCURRENCY }, async () => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift())
          views[next[0]] = await runtime.run("load_test_quick", {
            inputs: { run_id: String(next[0]) },
            cwd: next[1],
          });
      }),
    );
  }

  expect(injected).toBe(56);
  for (const [index, name] of names.entries()) {
    const view = views[index];
    const file = join(workspace, name, "out.txt");
    if (isDoomed(index)) {
      expect(view).toMatchObject({
        status: "ROLLED_BACK",
        failure: { code: "INTERNAL", message: "CHAOS_INJECTED_FAILURE: io.fs.hash_file" },
      });
      expect(readdirSync(join(workspace, name))).toEqual([]);
    } else {
      expect(view).toMatchObject({ status: "COMPLETED", failure: null });
      expect(readFileSync(file, "utf8")).toMatch(new RegExp(`^run_id=${index}\\nts=.+\\n$`));
    }
  }
  expect(names.filter((name) => !existsSync(join(workspace, name, "out.txt")))).toHaveLength(56);
  expect(verifyIn(directory.path)).toMatchObject({ ok: true, findings: [] });
});
