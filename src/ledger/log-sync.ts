import { closeSync, constants, fdatasync, openSync } from "node:fs";
import { promisify } from "node:util";

import { fromSystem } from "../contract/errors.ts";

/** Makes what was written to a ledger's log durable while the event loop goes on. */
export type LogSync = {
  /** Resolves when everything that was written before the call is on the disk; waits end in the order of their calls. */
  readonly sync: () => Promise<void>;
  readonly close: () => void;
};

const syncData = promisify(fdatasync);

/**
 * Of the ledger at this path, which this process has open: until then SQLite keeps the log file where it is. No lock of
 * SQLite's lies on it, so that closing it here gives none away.
 *
 * @throws OS_PERMISSION, FILE_NOT_FOUND
 */
export function openLogSync(path: string): LogSync {
  const fd = openLog(`${path}-wal`);
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    running = syncData(fd).finally(() => {
      running = undefined;
    });
    return running;
  };
  const follow = (): Promise<void> => {
    next = undefined;
    return start();
  };

  return {
    sync() {
      if (running === undefined) return start();
      // The one that is under way may have begun before the last write.
      next ??= running.then(follow, follow);
      return next;
    },
    close: () => closeSync(fd),
  };
}

function openLog(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw fromSystem(error, `The log "${path}"`);
  }
}
