import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

import { type ErrorCode, RuntimeError } from "../contract/errors.ts";
import type { Report, VerifyOptions } from "./verify.ts";

export type VerifyTask = { readonly path: string; readonly options: VerifyOptions };
export type Verified =
  | { readonly report: Report }
  | { readonly failed: { readonly code: ErrorCode; readonly message: string } };

const underWay = new Map<string, Promise<Report>>();

/**
 * Checks a ledger as `verifyLedger` does, in a thread of its own, so that this one goes on answering. Whoever asks
 * while the same ledger is being checked gets the report of that check: they cost no more than one.
 *
 * @throws LEDGER_UNAVAILABLE
 */
export function verifyAside(path: string, options: VerifyOptions = {}): Promise<Report> {
  const key = JSON.stringify([path, options]);
  const present = underWay.get(key) ?? verify({ path, options }).finally(() => underWay.delete(key));
  underWay.set(key, present);
  return present;
}

async function verify(task: VerifyTask): Promise<Report> {
  const { promise, resolve, reject } = Promise.withResolvers<Verified>();
  const worker = new Worker(program(), { workerData: task });
  worker.once("message", resolve);
  worker.once("error", reject);
  worker.once("exit", (code) =>
    reject(new RuntimeError("LEDGER_UNAVAILABLE", `Checking the ledger ended with exit code ${code}.`)),
  );
  try {
    const verified = await promise;
    if ("report" in verified) return verified.report;
    throw new RuntimeError(verified.failed.code, verified.failed.message);
  } finally {
    await worker.terminate();
  }
}

function program(): string {
  // Beside the sources, and beside a build or its chunks.
  const places = ["verify-worker.ts", "verify-worker.cjs", "../verify-worker.cjs"];
  const found = places.map((each) => join(import.meta.dirname, each)).find((each) => existsSync(each));
  if (found !== undefined) return found;
  throw new RuntimeError(
    "ASSETS_INCOMPLETE",
    "The program that checks ledgers is missing; install the package again.",
  );
}
