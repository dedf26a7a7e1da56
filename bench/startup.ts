import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { describeMachine } from "./machine.ts";
import { median } from "./statistics.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({
  options: {
    workflow: { type: "string", default: join(HERE, "one-step.yaml") },
    rounds: { type: "string", default: "15" },
    workdir: { type: "string", default: join(HERE, "../workspace/bench") },
    out: { type: "string", default: join(HERE, "results") },
  },
});
const directory = join(values.workdir, `startup-${crypto.randomUUID()}`);
const workspace = join(directory, "workspace");
const env = { ...process.env, AI_FIRST_HOME: join(directory, "home") };
for (const each of [workspace, values.out]) mkdirSync(each, { recursive: true });

const ROOT = join(HERE, "..");
const installed = buildPackage(join(directory, "package"));
const runOneStep = (airun: string) => [airun, "run", values.workflow, "--workspace", workspace];
const BRIDGE_CALL = ["--capability-name", "sys.info.get_time", "--input-json", "{}"];
const commands = [
  { name: "node -e 0", args: ["-e", "0"], promised: "" },
  { name: "airun --version", args: [installed, "--version"], promised: "≤ 2.0" },
  { name: "airun run, one step", args: runOneStep(installed), promised: "≤ 4" },
  {
    name: "airun bridge exec-capability",
    args: [installed, "bridge", "exec-capability", ...BRIDGE_CALL, "--workspace", workspace],
    promised: "≤ 4",
  },
  { name: "airun run, one step, in a checkout", args: runOneStep(join(ROOT, "bin/airun.cjs")), promised: "" },
];
const timesMs = commands.map((): number[] => []);
try {
  // The first round only warms the caches, and makes the home and the ledger.
  for (let round = -1; round < Number(values.rounds); round++)
    for (const [index, { args }] of commands.entries()) {
      const ms = timeProcess(args);
      if (round >= 0) timesMs[index]?.push(ms);
    }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
const medians = timesMs.map(median);
const [bareMs = 1] = medians;
const machine = describeMachine(values.workdir);
const table = [
  "# Start of the command line",
  "",
  `Medians of ${values.rounds} interleaved rounds. ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}.`,
  "",
  "| Command | ms | ratio | promised |",
  "|---|---:|---:|---:|",
  ...commands.map(
    ({ name, promised }, index) =>
      `| \`${name}\` | ${medians[index]?.toFixed(1)} | ${((medians[index] ?? 0) / bareMs).toFixed(2)} | ${promised} |`,
  ),
  "",
].join("\n");
writeFileSync(join(values.out, "startup.md"), table);
process.stdout.write(table);

/** What users install, without the step over a registry; returns its launcher. */
function buildPackage(to: string): string {
  execFileSync("npm", ["run", "--silent", "build", "--", "--out", join(to, "dist")], { cwd: ROOT });
  for (const part of ["bin", "assets", "package.json"])
    cpSync(join(ROOT, part), join(to, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(to, "node_modules"));
  return join(to, "bin/airun.cjs");
}

function timeProcess(args: readonly string[]): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, {
    env,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ms = performance.now() - startedAt;
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  return ms;
}
