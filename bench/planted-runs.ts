import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { createFormIndex } from "../src/ledger/known-secrets.ts";
import { openLedgerAt } from "../src/installation.ts";
import type { LedgerEvent } from "../src/contract/entry.ts";
import { openKeys } from "../src/ledger/keys.ts";
import type { RunStatus } from "../src/ledger/ledger.ts";

const BY = { human: "bench", agent: "", session: "bench", service: "bench", scopes: [] };
const FAILURE = {
  code: "TIMED_OUT",
  category: "TIMEOUT",
  message: "It took too long.",
  hint: "Wait longer.",
  retryable: true,
} as const;
const RUNS_AT_ONCE = 500;

/** What every so manieth run becomes; the first that fits counts. */
const STATUSES: readonly (readonly [RunStatus, number])[] = [
  ["ROLLED_BACK", 200],
  ["FAILED", 150],
  ["COMPLETED", 1],
];

/** Writes so many runs of four entries into a workspace's ledger, as the engine does. */
export async function plantRuns(workspace: string, home: string, runs: number): Promise<void> {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const keys = openKeys(home);
  const ledger = openLedgerAt(
    join(workspace, ".ai-first", "ledger.db"),
    "workspace",
    keys,
    "bench",
    createFormIndex(),
  );
  try {
    for (let first = 0; first < runs; first += RUNS_AT_ONCE) {
      const some = Array.from({ length: Math.min(RUNS_AT_ONCE, runs - first) }, (_, each) => first + each);
      await Promise.all(some.flatMap(eventsOf).map((event) => ledger.append(BY, event)));
    }
  } finally {
    await ledger.close();
  }
}

function eventsOf(index: number): LedgerEvent[] {
  const run = `run-${String(index).padStart(9, "0")}`;
  const [status = "COMPLETED"] = STATUSES.find(([, each]) => index % each === each - 1) ?? [];
  return [started(run), intended(run), completed(run), ...endOf(run, status)];
}

function endOf(run: string, status: RunStatus): LedgerEvent[] {
  switch (status) {
    case "ROLLED_BACK":
      return [
        { type: "rollback-started", run, data: { reason: "bench" } },
        { type: "run-rolled-back", run, data: { reason: "bench" } },
      ];
    case "FAILED":
      return [{ type: "run-failed", run, data: { failure: FAILURE } }];
    default:
      return [{ type: "run-completed", run, data: {} }];
  }
}

function started(run: string): LedgerEvent {
  return {
    type: "run-started",
    run,
    data: {
      kind: "workflow",
      name: "load_test_quick",
      version: "1.0.0",
      spec: "0".repeat(64),
      subSpecs: {},
      inputs: { run_id: run },
      cwd: "",
      homeHead: "0".repeat(64),
      owner: { process: "bench", pid: 1, host: "here" },
      autoRollback: true,
    },
  };
}

function intended(run: string): LedgerEvent {
  return {
    type: "step-intended",
    run,
    step: "get_time",
    data: {
      attempt: 1,
      capability: "sys.info.get_time",
      version: "1.0.0",
      spec: "1".repeat(64),
      undo: "none",
      idempotent: true,
      inputs: {},
      idempotencyKey: "2".repeat(64),
      rules: ["default"],
      role: "step",
    },
  };
}

function completed(run: string): LedgerEvent {
  const outputs = { timestamp: "2026-01-01T00:00:00.000Z", success: true };
  return { type: "step-completed", run, step: "get_time", data: { attempt: 1, outputs, durationMs: 1 } };
}
