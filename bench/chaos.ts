import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { RuntimeError } from "../src/index.ts";
import { pythonRandom } from "../test/mt19937.ts";
import { runClosedLoop } from "./closed-loop.ts";
import { runIsolated } from "./isolated-run.ts";
import { roundTo } from "./statistics.ts";
import { FILE_NAME } from "./work.ts";

const { values } = parseArgs({
  options: {
    workflow: { type: "string", default: "load_test_quick" },
    concurrency: { type: "string", default: "20" },
    total: { type: "string", default: "100" },
    "fail-on": { type: "string", default: "io.fs.hash_file" },
    "fail-prob": { type: "string", default: "0.5" },
    seed: { type: "string", default: "1337" },
    workdir: { type: "string", default: resolve("workspace/chaos_test") },
    verbose: { type: "boolean", default: false },
  },
});
const { workflow, verbose, "fail-on": failOn } = values;
const total = Number(values.total);
const concurrency = Number(values.concurrency);
const failProbability = Number(values["fail-prob"]);
const seed = Number(values.seed);
const workdir = resolve(values.workdir);
mkdirSync(workdir, { recursive: true });

const doomed = Array.from({ length: total }, (_, index) => pythonRandom(seed ^ index)()).filter(
  (draw) => draw < failProbability,
);
let injected = 0;
const { samples, elapsedMs } = await runClosedLoop({ total, concurrency }, async (index) => {
  const random = pythonRandom(seed ^ index);
  const outcome = await runIsolated({
    workdir,
    prefix: "c",
    index,
    workflow,
    wrapHandler: (capability, handler) => async (context, input) => {
      if (capability === failOn && random() < failProbability) {
        injected++;
        // A code that is not retried, so that each run draws once.
        throw new RuntimeError("INTERNAL", `CHAOS_INJECTED_FAILURE: ${capability}`);
      }
      return handler(context, input);
    },
  });
  if (verbose) process.stderr.write(`${outcome.workspace} ${outcome.status}\n`);
  return outcome;
});

const outcomes = samples.flatMap((sample) => (sample.ok ? [sample.value] : []));
const rolledBack = outcomes.filter(({ status }) => status === "ROLLED_BACK");
const completed = outcomes.filter(({ status }) => status === "COMPLETED");
const report = {
  workflow,
  total,
  concurrency,
  fail_on: failOn,
  fail_prob: failProbability,
  elapsed_s: roundTo(elapsedMs / 1000, 3),
  injected_failures: injected,
  rolled_back: rolledBack.length,
  file_removed: rolledBack.filter(({ workspace }) => !existsSync(join(workspace, FILE_NAME))).length,
  ok: completed.length,
  failed: total - completed.length,
  workdir,
};
process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
const isClean =
  injected === doomed.length &&
  report.rolled_back === injected &&
  report.file_removed === injected &&
  report.failed === injected;
process.exitCode = isClean ? 0 : 1;
