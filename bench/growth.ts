import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { runClosedLoop } from "./closed-loop.ts";
import { readCpuTime } from "./cpu-time.ts";
import { openEngine } from "./engine.ts";
import { describeMachine } from "./machine.ts";
import { ascending, percentile } from "./statistics.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "ours" },
    marks: { type: "string", default: "1000,10000,100000" },
    window: { type: "string", default: "1000" },
    concurrency: { type: "string", default: "20" },
    workdir: { type: "string", default: join(HERE, "../workspace/bench") },
    out: { type: "string", default: join(HERE, "results") },
  },
});
const concurrency = Number(values.concurrency);
const window = Number(values.window);
const marks = values.marks.split(",").map(Number);
const directory = join(values.workdir, `growth-${crypto.randomUUID()}`);
const place = { storage: join(directory, "storage"), files: join(directory, "files") };
for (const each of [place.storage, place.files, values.out]) mkdirSync(each, { recursive: true });

const engine = await openEngine(values.engine, { syncFiles: true, concurrency });
const rows: string[] = [];
let done = 0;
await engine.start(place);
try {
  for (const mark of marks) {
    while (done < mark - window) await runBatch(Math.min(window, mark - window - done));
    rows.push(renderRow(mark, await runBatch(mark - done)));
    process.stderr.write(`${rows.at(-1)}\n`);
  }
} finally {
  await engine.stop();
  rmSync(directory, { recursive: true, force: true });
}
const machine = describeMachine(values.workdir);
const table = [
  `# Cost of a run as one ledger grows (${values.engine})`,
  "",
  `The last ${window} runs before each mark, concurrency ${concurrency}. ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, fdatasync p50 ${machine.fdatasyncP50Ms} ms.`,
  "",
  "| Runs in the ledger | wall ms/run | CPU ms/run | p95 ms | ledger MiB | KiB/run | memory MiB |",
  "|---:|---:|---:|---:|---:|---:|---:|",
  ...rows,
  "",
].join("\n");
writeFileSync(join(values.out, "growth.md"), table);
process.stdout.write(table);

type Batch = { readonly wallMs: number; readonly cpuMs: number; readonly p95Ms: number };

/** The directories are made before the clock starts. */
async function runBatch(total: number): Promise<Batch> {
  const first = done;
  for (let index = first; index < first + total; index++) mkdirSync(directoryOf(index), { recursive: true });
  const before = readCpuTime();
  const { samples, elapsedMs } = await runClosedLoop({ total, concurrency }, (index) =>
    engine.runOne(first + index, directoryOf(first + index)),
  );
  const cpuMs = readCpuTime().ownMs - before.ownMs;
  for (const sample of samples)
    if (!sample.ok) throw new Error(`Run ${first + sample.index} failed: ${sample.error}`);
  done += total;
  const latenciesMs = ascending(samples.map(({ ms }) => ms));
  return { wallMs: elapsedMs / total, cpuMs: cpuMs / total, p95Ms: percentile(latenciesMs, 95) };
}

/** A thousand to a parent. */
function directoryOf(index: number): string {
  return join(place.files, `g${Math.floor(index / 1000)}`, `r${index}`);
}

function renderRow(mark: number, { wallMs, cpuMs, p95Ms }: Batch): string {
  const ledgerBytes = sizeOf(join(place.files, ".ai-first", "ledger.db"));
  const cells = [
    mark.toLocaleString("en"),
    wallMs.toFixed(3),
    cpuMs.toFixed(3),
    p95Ms.toFixed(2),
    ledgerBytes === 0 ? "–" : (ledgerBytes / 2 ** 20).toFixed(1),
    ledgerBytes === 0 ? "–" : (ledgerBytes / 2 ** 10 / mark).toFixed(2),
    (process.memoryUsage.rss() / 2 ** 20).toFixed(0),
  ];
  return `| ${cells.join(" | ")} |`;
}

function sizeOf(path: string): number {
  return ["", "-wal"].reduce(
    (sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
