// How long skill memory takes on a ledger of so many runs: node memory.ts --runs 10000
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { recall } from "../src/aegis/memory/recall.ts";
import { EMPTY } from "../src/governance/state.ts";
import { plant, type PlantedRun } from "../test/planted-ledger.ts";
import { openTestLedger } from "../test/ledger-fixture.ts";
import { describeMachine } from "./machine.ts";
import { ascending, percentile } from "./statistics.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "10000" } } });
const runs = Number(values.runs);
const ROUNDS = 7;
const TOOLS = Array.from({ length: 40 }, (_, index) => `tool.of.number${index}`);

const directory = mkdtempSync(join(tmpdir(), "airun-memory-"));
try {
  const { ledger } = openTestLedger(directory);
  plant(
    ledger.database,
    Array.from({ length: runs }, (_, index) => makeRun(index)),
  );
  const { entries } = ledger.database.prepare("SELECT count(*) AS entries FROM entries").get() as {
    entries: number;
  };
  const elapsed: number[] = [];
  const cpu: number[] = [];
  let suggestions = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = performance.now();
    const used = process.cpuUsage();
    suggestions = recall(ledger, EMPTY).suggestions.length;
    elapsed.push(performance.now() - before);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1000);
  }
  await ledger.close();
  const size = statSync(join(directory, "ledger.db")).size / 1024 ** 2;
  const machine = describeMachine(directory);
  const text = [
    "# Skill memory",
    "",
    `${runs} runs, ${entries} entries, ${size.toFixed(0)} MiB, ${suggestions} suggestions. ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}. Nothing is kept between two answers.`,
    "",
    "| | first answer ms | p50 ms | slowest ms |",
    "|---|---:|---:|---:|",
    row("elapsed", elapsed),
    row("processor", cpu),
    "",
  ].join("\n");
  const out = fileURLToPath(new URL("results", import.meta.url));
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "memory.md"), text);
  process.stdout.write(text);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function row(title: string, times: readonly number[]): string {
  const sorted = ascending(times);
  const cells = [times[0] ?? 0, percentile(sorted, 50), sorted.at(-1) ?? 0].map(Math.round);
  return `| ${title} | ${cells.join(" | ")} |`;
}

/** Four steps in no order, one of fifty fails, and every fifth run does the same three things. */
function makeRun(index: number): PlantedRun {
  const toolAt = (step: number) =>
    TOOLS[(index * 7919 + step * 104_729 + ((index * step) % 13)) % TOOLS.length] ?? "";
  const steps =
    index % 5 === 0
      ? ["habit.of.fetch", "habit.of.parse", "habit.of.store"].map((capability) => ({ capability }))
      : [0, 1, 2, 3].map((step) => ({
          capability: toolAt(step),
          durationMs: (index * 31 + step * 17) % 900,
          ...(index % 50 === 1 && step === 3 ? { fails: "always" as const } : {}),
        }));
  return { workflow: `run-${index}`, steps, rollsBack: true };
}
