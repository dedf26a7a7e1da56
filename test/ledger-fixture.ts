import { join } from "node:path";

import type { EventOf, LedgerEvent } from "../src/contract/entry.ts";
import type { Principal } from "../src/contract/principal.ts";
import { type Keys, openKeys } from "../src/ledger/keys.ts";
import { type LedgerFile, type LedgerOptions, openLedger } from "../src/ledger/open-ledger.ts";
import { createSealer } from "../src/ledger/seal.ts";

export const PERSON: Principal = { human: "ada", agent: "", session: "s1", service: "cli", scopes: ["run"] };

export const PROCESS = "process-1";

/** A workspace ledger in a directory, with its keys in `home` below it. */
export function openTestLedger(
  directory: string,
  options: Partial<LedgerOptions> = {},
): { ledger: LedgerFile; keys: Keys } {
  const keys = openKeys(join(directory, "home"));
  const ledger = openLedger({
    path: join(directory, "ledger.db"),
    kind: "workspace",
    processId: PROCESS,
    sealer: createSealer(keys.ring),
    publicKey: (origin) => keys.signer(origin).verifier,
    ...options,
  });
  return { ledger, keys };
}

export function runStarted(run: string, process = PROCESS): EventOf<"run-started"> {
  return {
    type: "run-started",
    run,
    data: {
      kind: "workflow",
      name: "demo",
      version: "1.0.0",
      spec: "0".repeat(64),
      subSpecs: {},
      inputs: {},
      cwd: "",
      homeHead: "0".repeat(64),
      owner: { process, pid: 1, host: "here" },
      autoRollback: true,
    },
  };
}

export function stepIntended(
  run: string,
  step: string,
  inputs: Record<string, unknown> = {},
): EventOf<"step-intended"> {
  return {
    type: "step-intended",
    run,
    step,
    data: {
      attempt: 1,
      capability: "io.fs.write_file",
      version: "1.0.0",
      spec: "1".repeat(64),
      undo: "reversible",
      idempotent: true,
      inputs,
      idempotencyKey: "2".repeat(64),
      rules: ["default"],
      role: "step",
    },
  };
}

export function stepCompleted(
  run: string,
  step: string,
  outputs: Record<string, unknown> = {},
): EventOf<"step-completed"> {
  return { type: "step-completed", run, step, data: { attempt: 1, outputs, durationMs: 1.5 } };
}

export function effectIntended(run: string, ...paths: string[]): EventOf<"effect-intended"> {
  return { type: "effect-intended", run, step: "s", data: { op: "write", changes: paths.map(changeOf) } };
}

export function undoIntended(run: string, of: number, ...paths: string[]): EventOf<"undo-intended"> {
  return {
    type: "undo-intended",
    run,
    step: "s",
    data: { of, mode: "strict", changes: paths.map(changeOf) },
  };
}

function changeOf(path: string): EventOf<"effect-intended">["data"]["changes"][number] {
  return { path, before: { kind: "absent" }, after: { kind: "dir", mode: 0o755, mtimeNs: "1" } };
}

export function approvalRequested(run: string, approval: string): EventOf<"approval-requested"> {
  return {
    type: "approval-requested",
    run,
    step: "s",
    data: { approval, binds: "3".repeat(64), text: "May it?", approvers: [] },
  };
}

export function approvalDecided(run: string, approval: string): EventOf<"approval-decided"> {
  return {
    type: "approval-decided",
    run,
    step: "s",
    data: { approval, decision: "approved", reason: "yes" },
  };
}

export const FAILURE: EventOf<"run-failed">["data"]["failure"] = {
  code: "TIMED_OUT",
  category: "TIMEOUT",
  message: "It took too long.",
  hint: "Wait longer.",
  retryable: true,
};

/** Events of a run that carry nothing which matters to the test. */
export function plain(type: "run-completed" | "run-timed-out", run: string): LedgerEvent {
  return { type, run, data: {} };
}

export function redone(run: string): LedgerEvent {
  return { type: "run-redone", run, data: { reason: "because", status: "COMPLETED" } };
}

export function withReason(type: "run-paused" | "run-resumed" | "run-rolled-back", run: string): LedgerEvent {
  return { type, run, data: { reason: "because" } };
}
