import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { runClosedLoop } from "./closed-loop.ts";
import { type ConsoleTimes, measureConsole } from "./console.ts";
import { describeMachine } from "./machine.ts";
import { plantRuns } from "./planted-runs.ts";
import { serveBare, serveOurs } from "./served.ts";
import { ascending, median, percentile } from "./statistics.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100000" },
    requests: { type: "string", default: "300" },
    calls: { type: "string", default: "2000" },
    rounds: { type: "string", default: "5" },
    concurrency: { type: "string", default: "32" },
    workdir: { type: "string", default: join(HERE, "../workspace/bench") },
    out: { type: "string", default: join(HERE, "results/doors.md") },
  },
});
const [runs, requests, calls] = [Number(values.runs), Number(values.requests), Number(values.calls)];
const [rounds, concurrency] = [Number(values.rounds), Number(values.concurrency)];
const TOKENS = { rest: "bench-operator-token-0000", mcp: "bench-assistant-token-0000" };
const MODERN = "2026-07-28";
const ASSISTANT = {
  authorization: `Bearer ${TOKENS.mcp}`,
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
  "mcp-protocol-version": MODERN,
  "mcp-method": "tools/call",
  "mcp-name": "sys.info.get_time",
};

const directory = join(values.workdir, `doors-${crypto.randomUUID()}`);
const [workspace, home] = [join(directory, "workspace"), join(directory, "home")];
try {
  mkdirSync(join(workspace, ".ai-first"), { recursive: true });
  say(`planting ${runs} runs`);
  await plantRuns(workspace, home, runs);
  await using ours = await serveOurs(workspace, home, TOKENS);
  await using bare = await serveBare();
  const lists = await measureLists(ours.url);
  const beside = await measureBesideCheck(ours.url);
  const console = await measureConsole(ours.url, TOKENS.rest, 7);
  const tools = await measureTools(ours.url, bare.url, concurrency);
  const alone = await measureTools(ours.url, bare.url, 1);
  const machine = describeMachine(directory);
  const text = [
    "# What the doors cost",
    "",
    `${new Date().toISOString()}. Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, SQLite ${machine.sqlite}, fdatasync p50 ${machine.fdatasyncP50Ms} ms, p95 ${machine.fdatasyncP95Ms} ms. Each server is a process of its own; what asks is another one.`,
    "",
    `## Lists of runs, over ${runs} runs`,
    "",
    `${requests} requests one after another for each list of 50.`,
    "",
    "| List | p50 ms | p95 ms |",
    "|---|---:|---:|",
    ...lists.map(({ name, p50, p95 }) => `| ${name} | ${p50.toFixed(2)} | ${p95.toFixed(2)} |`),
    "",
    "## While the whole ledger is checked",
    "",
    beside,
    "",
    `## \`tools/call\` of \`sys.info.get_time\` over HTTP, ${concurrency} at once`,
    "",
    `${rounds} interleaved rounds of ${calls} calls each, after one for warming up; medians over the rounds. The other server is the SDK's own with one tool: no token, no policy, no run, no ledger.`,
    "",
    ...tableOf(tools),
    "",
    `Calls per second, ours to theirs: ${((tools[0]?.perS ?? 0) / (tools[1]?.perS ?? 1)).toFixed(2)} (promised: at least 0.5).`,
    "",
    "## The same, one call at a time",
    "",
    ...tableOf(alone),
    "",
    `Difference of the p50: ${((alone[0]?.p50 ?? 0) - (alone[1]?.p50 ?? 0)).toFixed(2)} ms (promised: within 3).`,
    "",
    "## The console",
    "",
    describeConsole(console),
    "",
  ].join("\n");
  writeFileSync(values.out, text);
  process.stdout.write(text);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

type Times = { readonly name: string; readonly p50: number; readonly p95: number };

async function measureLists(url: string): Promise<Times[]> {
  const first = await read(url, "/v1/runs?limit=1");
  const queries: Record<string, string> = {
    "the newest": "",
    "a page in the middle": `?cursor=run-${String(Math.floor(runs / 2)).padStart(9, "0")}`,
    open: "?open=true",
    "status=completed": "?status=completed",
    "status=failed": "?status=failed",
    "status=rolled_back": "?status=rolled_back",
    "status=rolled_back, the last page": `?status=rolled_back&cursor=run-${String(Math.floor(runs / 50)).padStart(9, "0")}`,
    "status=paused, of which there is none": "?status=paused",
  };
  if (!first.includes('"runs"')) throw new Error(first);
  const found: Times[] = [];
  for (const [name, query] of Object.entries(queries)) {
    say(name);
    for (let i = 0; i < 20; i++) await read(url, `/v1/runs${query}`);
    found.push(await timesOf(name, () => read(url, `/v1/runs${query}`)));
  }
  return found;
}

/** The same list while another request has everything verified. */
async function measureBesideCheck(url: string): Promise<string> {
  say("checking the ledger");
  const startedAt = performance.now();
  const check = { isDone: false };
  const checked = fetch(`${url}/v1/ledger/verify`, { method: "POST", body: "{}", headers: operator() })
    .then((response) => response.json() as Promise<{ readonly ok: boolean; readonly entries: number }>)
    .finally(() => (check.isDone = true));
  const samples: number[] = [];
  while (!check.isDone) samples.push(await timed(() => read(url, "/v1/runs")));
  const { ok, entries } = await checked;
  const sorted = ascending(samples);
  return `${entries} entries were checked in ${((performance.now() - startedAt) / 1000).toFixed(1)} s (${ok ? "nothing is wrong" : "faults were found"}); meanwhile ${samples.length} lists were answered, p50 ${percentile(sorted, 50).toFixed(2)} ms, p95 ${percentile(sorted, 95).toFixed(2)} ms, the slowest ${(sorted.at(-1) ?? 0).toFixed(1)} ms.`;
}

type ToolTimes = Times & { readonly perS: number };

async function measureTools(ours: string, bare: string, atOnce: number): Promise<ToolTimes[]> {
  const total = atOnce === 1 ? Math.ceil(calls / 5) : calls;
  const servers = { "AI-First Runtime": `${ours}/mcp`, "the SDK alone": bare };
  const taken = new Map<string, { perS: number; p50: number; p95: number }[]>();
  for (const url of Object.values(servers)) await callTools(url, total, atOnce);
  for (let round = 0; round < rounds; round++)
    for (const [name, url] of Object.entries(servers)) {
      say(`${atOnce} at once, round ${round + 1}: ${name}`);
      taken.set(name, [...(taken.get(name) ?? []), await callTools(url, total, atOnce)]);
    }
  return [...taken].map(([name, each]) => ({
    name,
    perS: median(each.map(({ perS }) => perS)),
    p50: median(each.map(({ p50 }) => p50)),
    p95: median(each.map(({ p95 }) => p95)),
  }));
}

function tableOf(tools: readonly ToolTimes[]): string[] {
  return [
    "| Server | calls/s | p50 ms | p95 ms |",
    "|---|---:|---:|---:|",
    ...tools.map(
      ({ name, perS, p50, p95 }) =>
        `| ${name} | ${Math.round(perS)} | ${p50.toFixed(2)} | ${p95.toFixed(2)} |`,
    ),
  ];
}

function describeConsole(times: ConsoleTimes | null): string {
  if (times === null) return "Not measured: there is no Chromium here.";
  const { readyMs, paintMs, loads } = times;
  return `Ready after ${Math.round(readyMs)} ms in Chromium without a cache: the overview of these runs is shown and takes input. First contentful paint after ${Math.round(paintMs)} ms. Medians of ${loads} loads.`;
}

async function callTools(url: string, total: number, atOnce: number) {
  const { samples, elapsedMs } = await runClosedLoop({ total, concurrency: atOnce }, async (index) => {
    const response = await fetch(url, { method: "POST", headers: ASSISTANT, body: callOf(index) });
    const text = await response.text();
    if (!response.ok || !text.includes('"timestamp"') || text.includes('"isError":true'))
      throw new Error(`${response.status}: ${text.slice(0, 500)}`);
  });
  const failed = samples.find(({ ok }) => !ok);
  if (failed?.ok === false) throw new Error(failed.error);
  const sorted = ascending(samples.map(({ ms }) => ms));
  return { perS: total / (elapsedMs / 1000), p50: percentile(sorted, 50), p95: percentile(sorted, 95) };
}

function callOf(id: number): string {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const params = { name: "sys.info.get_time", arguments: {}, _meta };
  return JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params });
}

function operator(): Record<string, string> {
  return { authorization: `Bearer ${TOKENS.rest}`, "content-type": "application/json" };
}

async function read(url: string, path: string): Promise<string> {
  const response = await fetch(`${url}${path}`, { headers: operator() });
  const text = await response.text();
  if (response.ok) return text;
  throw new Error(`${path}: ${response.status} ${text}`);
}

async function timesOf(name: string, act: () => Promise<unknown>): Promise<Times> {
  const samples: number[] = [];
  for (let i = 0; i < requests; i++) samples.push(await timed(act));
  const sorted = ascending(samples);
  return { name, p50: percentile(sorted, 50), p95: percentile(sorted, 95) };
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

function say(what: string): void {
  process.stderr.write(`${what}\n`);
}
