// Usage: node driver.ts DIRECTORY inject|plain CONCURRENCY INDEX...
// Finishes what dead processes left, then runs load_test_quick once for each index, several at once, each in a
// directory of its own. Prints the index and the status of each run that has ended. With `inject`, a doomed run stays
// in hash_file, and the process kills itself once nothing else is left to do for it.
import { join } from "node:path";

import { createRuntime, type Handler } from "../../src/index.ts";
import { doomedRunOf, nameOf } from "./doom.ts";

const [directory = "", mode = "", concurrency = "1", ...indexes] = process.argv.slice(2);
const queue = indexes.map(Number);
let busy = Math.min(Number(concurrency), queue.length);

const stayForEver: (id: string, handler: Handler) => Handler = (id, handler) => {
  if (id !== "io.fs.hash_file") return handler;
  return async (ctx, input) => {
    if ((await doomedRunOf(ctx)) === undefined) return handler(ctx, input);
    leave();
    return new Promise(() => {});
  };
};

/** One of those that work at once has nothing left to do. */
function leave(): void {
  busy--;
  if (busy === 0 && mode === "inject") process.kill(process.pid, "SIGKILL");
}

await using runtime = await createRuntime({
  workspace: join(directory, "workspace"),
  env: { AI_FIRST_HOME: join(directory, "home") },
  ...(mode === "inject" ? { wrapHandler: stayForEver } : {}),
});
if (mode === "plain") await runtime.recover();
await Promise.all(
  Array.from({ length: busy }, async () => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const { status } = await runtime.run("load_test_quick", {
        inputs: { run_id: String(index) },
        cwd: nameOf(index),
      });
      process.stdout.write(`${index} ${status}\n`);
    }
    leave();
  }),
);
