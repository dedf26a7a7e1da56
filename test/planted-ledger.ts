import type { DatabaseSync } from "node:sqlite";

import type { EventOf, LedgerEvent } from "../src/contract/entry.ts";
import { chainHash, entryText, GENESIS } from "../src/ledger/chain.ts";
import { canonicalJson } from "../src/contract/json.ts";
import { FAILURE, runStarted, stepIntended } from "./ledger-fixture.ts";

/** What a run does, step by step. */
export type PlantedStep = {
  readonly capability: string;
  readonly durationMs?: number;
  /** How many attempts fail before one does not; `"always"`: none succeeds. */
  readonly fails?: number | "always";
  /** A human is asked first. */
  readonly asked?: "approved" | "rejected";
};

export type PlantedRun = {
  /** Null for capabilities that are called by themselves, each in a run of its own. */
  readonly workflow: string | null;
  readonly steps: readonly PlantedStep[];
  /** Whether a failure is rolled back. */
  readonly rollsBack?: boolean;
};

const BY = "b".repeat(32);
const RECEIPT = "4".repeat(64);

/** Events of runs as the engine records them, each with the milliseconds after the one before. */
export function eventsOf(
  runs: readonly PlantedRun[],
): { readonly event: LedgerEvent; readonly afterMs: number }[] {
  let number = 0;
  const events: { event: LedgerEvent; afterMs: number }[] = [];
  const add = (event: LedgerEvent, afterMs = 1) => void events.push({ event, afterMs });
  const runOf = (name: string, kind: "capability" | "workflow"): string => {
    const run = `run-${number++}`;
    const started = runStarted(run);
    add({ ...started, data: { ...started.data, kind, name } }, kind === "workflow" ? 1 : 1000);
    return run;
  };
  for (const { workflow, steps, rollsBack = false } of runs) {
    // Another task of the same principal begins later.
    if (workflow === null) add(tick(), 3_600_000);
    const whole = workflow === null ? undefined : runOf(workflow, "workflow");
    for (const [index, step] of steps.entries()) {
      const run = whole ?? runOf(step.capability, "capability");
      const hasFailed = addStep(add, run, `s${index}`, step);
      if (!hasFailed) continue;
      if (rollsBack) add({ type: "rollback-started", run, data: { reason: "it failed", failure: FAILURE } });
      add(rollsBack ? { type: "run-rolled-back", run, data: { reason: "it failed" } } : failed(run));
      break;
    }
    if (whole !== undefined) add({ type: "run-completed", run: whole, data: {} });
  }
  return events;
}

/** Writes events as entries of the chain, without all that a ledger checks: much faster, and as large. */
export function plant(database: DatabaseSync, runs: readonly PlantedRun[]): void {
  const insert = database.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?)");
  const insertRun = database.prepare(
    "INSERT INTO runs VALUES (?, ?, 'workflow', '\"w\"', '\"1.0.0\"', 'COMPLETED', ?, ?, 'p', 'b', NULL, NULL)",
  );
  const newest = database.prepare("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").get();
  let hash = (newest?.["hash"] as Uint8Array | undefined) ?? GENESIS.hash;
  let seq = Number(newest?.["seq"] ?? 0);
  const started = new Map<string, number>();
  let time = Date.parse("2026-01-01T00:00:00.000Z");
  database.exec("BEGIN");
  for (const { event, afterMs } of eventsOf(runs)) {
    seq++;
    time += afterMs;
    const at = new Date(time).toISOString();
    const run = "run" in event ? event.run : "";
    if (event.type === "run-started") {
      started.set(run, seq);
      insertRun.run(seq, run, at, at);
    }
    const text = entryText({ seq, at, by: BY }, event, canonicalJson(event.data));
    hash = chainHash(hash, text);
    insert.run(seq, started.get(run) ?? null, event.type, text, hash);
  }
  database.exec("COMMIT");
}

/** Returns whether the step failed for good. */
function addStep(
  add: (event: LedgerEvent, afterMs?: number) => void,
  run: string,
  step: string,
  { capability, durationMs = 5, fails = 0, asked }: PlantedStep,
): boolean {
  const intended = (attempt: number): EventOf<"step-intended"> => {
    const event = stepIntended(run, step, { path: "notes/today.txt", content: "hello".repeat(20) });
    return { ...event, data: { ...event.data, attempt, capability, receipt: RECEIPT } };
  };
  if (asked !== undefined) {
    const { attempt, version, spec, inputs, rules, role } = intended(1).data;
    const data = { attempt, capability, version, spec, inputs, rules, role };
    add({ type: "step-withheld", run, step, data: { ...data, outcome: "step_up", reason: "it asks" } });
    add({ type: "approval-decided", run, step, data: { approval: `${run}-a`, decision: asked, reason: "" } });
    if (asked === "rejected") return true;
  }
  const attempts = fails === "always" ? 1 : fails + 1;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    add(intended(attempt));
    if (fails !== "always" && attempt === attempts) {
      add(
        { type: "step-completed", run, step, data: { attempt, outputs: { bytes_written: 5 }, durationMs } },
        durationMs,
      );
      return false;
    }
    const retryAt = attempt < attempts ? { retryAt: "2026-01-01T00:00:00.000Z" } : {};
    add({ type: "step-failed", run, step, data: { attempt, failure: FAILURE, durationMs, ...retryAt } });
  }
  return true;
}

function failed(run: string): LedgerEvent {
  return { type: "run-failed", run, data: { failure: FAILURE } };
}

/** Something of the ledger's own, which moves the time on. */
function tick(): LedgerEvent {
  return { type: "plaintext-erased", data: { commitments: [], subject: "none", reason: "time goes by" } };
}
