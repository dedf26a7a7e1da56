import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { PEERS } from "./engine.ts";
import { describeMachine } from "./machine.ts";
import { measureInProcess } from "./measure-in-process.ts";
import { type Comparison, renderComparison } from "./report.ts";
import type { Round } from "./round.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DEFAULT_ENGINES = ["ours", "ours-own-workspace", "limit-probe", ...PEERS].join(",");

const OPTIONS = {
  engines: { type: "string", default: DEFAULT_ENGINES },
  rounds: { type: "string", default: "5" },
  runs: { type: "string", default: "2000" },
  warmup: { type: "string", default: "200" },
  concurrency: { type: "string", default: "20" },
  quick: { type: "boolean", default: false },
  "no-file-sync": { type: "boolean", default: false },
  workdir: { type: "string", default: join(HERE, "../workspace/bench") },
  out: { type: "string", default: join(HERE, "results") },
} as const;

const { values } = parseArgs({ options: OPTIONS });
const settings = {
  rounds: values.quick ? 1 : Number(values.rounds),
  runs: values.quick ? 300 : Number(values.runs),
  warmup: values.quick ? 50 : Number(values.warmup),
  concurrency: Number(values.concurrency),
  fileSync: !values["no-file-sync"],
};
const engines = values.engines.split(",");
const workdir = join(values.workdir, crypto.randomUUID());
mkdirSync(workdir, { recursive: true });
mkdirSync(values.out, { recursive: true });

const machine = describeMachine(workdir);
const rounds: Round[] = [];
for (let round = 0; round < settings.rounds; round++) {
  // Each round begins with another engine, so that a slow drift of the machine hits all alike.
  const start = round % engines.length;
  for (const engine of [...engines.slice(start), ...engines.slice(0, start)]) {
    const measured = await measureInProcess(engine, workdir, settings);
    rounds.push(measured);
    process.stderr.write(
      `${engine} ${Math.round(measured.throughputPerS)}/s, p95 ${measured.p95Ms.toFixed(1)} ms\n`,
    );
  }
}
const comparison: Comparison = {
  at: new Date().toISOString(),
  settings,
  machine,
  versions: readVersions(),
  rounds,
};
const file = values.quick ? "quick" : "compare";
writeFileSync(join(values.out, `${file}.json`), `${JSON.stringify(comparison, undefined, 2)}\n`);
writeFileSync(join(values.out, `${file}.md`), renderComparison(comparison));
process.stdout.write(renderComparison(comparison));
// Only now: after many files are deleted, some file systems make new ones several times slower for minutes.
rmSync(workdir, { recursive: true, force: true });

function readVersions(): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const { version } = JSON.parse(readFileSync(join(HERE, "../package.json"), "utf8")) as { version: string };
  return { "ai-first-runtime": version, ...dependencies };
}
