import { StatementSync } from "node:sqlite";

type Run = StatementSync["run"];

/** From now on `action` is called right before each commit of this process to a ledger. */
export function beforeCommit(action: () => void): void {
  const run = Object.getOwnPropertyDescriptor(StatementSync.prototype, "run")?.value as Run;
  StatementSync.prototype.run = function (this: StatementSync, ...args: Parameters<Run>) {
    if (this.sourceSQL.startsWith("BEGIN")) action();
    return run.apply(this, args);
  } as Run;
}

/** Stops the whole process for this time. */
export function stopFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
