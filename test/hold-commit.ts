import { existsSync, writeSync } from "node:fs";
import { join } from "node:path";

import { beforeCommit, stopFor } from "./before-commit.ts";

const STDOUT = 1;

/**
 * Stops this process at one of its next commits to a ledger, after `skip` others: it says "looked" and waits until a
 * file named "go" is in the directory.
 */
export function holdCommit(directory: string, skip: number): void {
  let left = skip;
  beforeCommit(() => {
    if (left-- !== 0) return;
    writeSync(STDOUT, "looked\n");
    while (!existsSync(join(directory, "go"))) stopFor(5);
  });
}
