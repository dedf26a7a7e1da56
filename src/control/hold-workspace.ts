import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { RuntimeError } from "../contract/errors.ts";
import { lastServedAt, noteServedAt } from "../operate/served-at.ts";
import { STATE_DIRECTORY } from "../workspace/path.ts";
import { lockHolder } from "./lock-holder.ts";

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
  const path = join(workspace, STATE_DIRECTORY, "up.lock");
  const lock = openLock(path);
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!isHeld(error)) throw unusable(error, path);
    // Without a cause: that a lock is taken is what the message says.
    throw new RuntimeError("ADDRESS_TAKEN", `The workspace is served already${holderOf(workspace, path)}.`);
  }
  return {
    tell: (url) => noteServedAt(workspace, url),
    [Symbol.dispose]: () => lock.close(),
  };
}

function openLock(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw unusable(error, path);
  }
}

/** It holds nothing: where it is damaged, it may go. */
function unusable(error: unknown, path: string): RuntimeError {
  const why = error instanceof Error ? error.message : String(error);
  return new RuntimeError("LEDGER_UNAVAILABLE", `The lock ${path} cannot be used: ${why}`, { cause: error });
}

const SQLITE_BUSY = 5;

function isHeld(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}

/** The note says where the last server was: another one may have the lock, and not have told yet. */
function holderOf(workspace: string, lock: string): string {
  const pid = lockHolder(lock);
  const noted = lastServedAt(workspace);
  if (noted !== undefined && (pid ?? noted.pid) === noted.pid)
    return ` by process ${noted.pid} at ${noted.url}`;
  return pid === undefined ? "" : ` by process ${pid}, which is about to say where`;
}
