import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { fromSystem, RuntimeError } from "../contract/errors.ts";
import { lastServedAt, noteServedAt } from "../operate/served-at.ts";
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
  const lock = openLock(join(workspace, STATE_DIRECTORY, "up.lock"));
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw new RuntimeError("ADDRESS_TAKEN", `The workspace is served already${holderOf(workspace)}.`, {
      cause: error,
    });
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
    throw fromSystem(error, "The lock of the workspace");
  }
}

function holderOf(workspace: string): string {
  const last = lastServedAt(workspace);
  return last === undefined ? "" : ` by process ${last.pid} at ${last.url}`;
}
