import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { fromSystem, RuntimeError } from "../contract/errors.ts";
import { STATE_DIRECTORY } from "../workspace/path.ts";

export type Hold = Disposable & {
  /** Tells whoever comes second where this server is. */
  readonly tell: (url: string) => void;
};

/**
 * Holds a workspace for one server. The system gives it back when the process ends, however it ends.
 *
 * @throws ADDRESS_TAKEN naming the process that holds it
 */
export function holdWorkspace(workspace: string): Hold {
  const file = join(workspace, STATE_DIRECTORY, "up");
  const lock = openLock(`${file}.lock`);
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw new RuntimeError("ADDRESS_TAKEN", `The workspace is served already${holderIn(`${file}.json`)}.`, {
      cause: error,
    });
  }
  return {
    tell: (url) => writeFileSync(`${file}.json`, JSON.stringify({ pid: process.pid, url }), { mode: 0o600 }),
    [Symbol.dispose]: () => lock.close(),
  };
}

function openLock(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw fromSystem(error, "The lock of the workspace");
  }
}

function holderIn(path: string): string {
  try {
    const { pid, url } = JSON.parse(readFileSync(path, "utf8")) as {
      readonly pid: unknown;
      readonly url: unknown;
    };
    return ` by process ${Number(pid)} at ${String(url)}`;
  } catch {
    // It has only just started.
    return "";
  }
}
