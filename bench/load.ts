import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { runClosedLoop } from "./closed-loop.ts";
import { runIsolated } from "./isolated-run.ts";
import { ascending, mean, percentile, roundTo } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    workflow: { type: "string", default: "load_test_quick" },
    concurrency: { type: "string", default: "100" },
    total: { type: "string", default: "200" },
    workdir: { type: "string", default: resolve("workspace/load_test") },
    verbose: { type: "boolean", default: false },
  },
});
const { workflow, verbose } = values;
const total = Number(values.total);
const concurrency = Number(values.concurrency);
const workdir = resolve(values.workdir);
mkdirSync(workdir, { recursive: true });

const { samples, elapsedMs } = await runClosedLoop({ total, concurrency }, async (index) => {
  const { status, reason, workspace } = await runIsolated({ workdir, prefix: "w", index, workflow });
  if (verbose) process.stderr.write(`${workspace} ${status}\n`);
  if (status !== "COMPLETED") throw new Error(`${status}: ${reason}`);
});

const latencies = ascending(samples.filter(({ ok }) => ok).map(({ ms }) => ms));
const errors: Record<string, number> = {};
for (const sample of samples) if (!sample.ok) errors[sample.error] = (errors[sample.error] ?? 0) + 1;
const report = {
  workflow,
  total,
  concurrency,
  ok: latencies.length,
  failed: total - latencies.length,
  elapsed_s: roundTo(elapsedMs / 1000, 3),
  throughput_wf_per_s: roundTo(latencies.length / (elapsedMs / 1000), 2),
  latency_ms: {
    min: roundTo(latencies[0] ?? 0, 2),
    p50: roundTo(percentile(latencies, 50), 2),
    p95: roundTo(percentile(latencies, 95), 2),
    max: roundTo(latencies.at(-1) ?? 0, 2),
    mean: roundTo(mean(latencies), 2),
  },
  errors,
  workdir,
};
process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
process.exitCode = report.failed === 0 ? 0 : 1;
