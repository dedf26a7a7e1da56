import { DatabaseSync } from "node:sqlite";

import type { EventOf } from "../contract/entry.ts";
import { unavailable } from "./database.ts";

/** One moment of a ledger as it lies there: nothing is revealed, and nothing of it can be changed. */
export type Moment = {
  readonly database: DatabaseSync;
  readonly object: (reference: string) => unknown;
};

/** Reads a ledger without its keys, while others go on writing it. @throws LEDGER_UNAVAILABLE, LEDGER_CORRUPT */
export function readMoment<Result>(path: string, read: (moment: Moment) => Result): Result {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    database.exec("BEGIN");
    const select = database.prepare(
      "SELECT entry FROM entries WHERE seq = (SELECT seq FROM objects WHERE reference = ?)",
    );
    const object = (reference: string): unknown => {
      const text = select.get(reference)?.["entry"];
      return text === undefined
        ? undefined
        : (JSON.parse(String(text)) as EventOf<"object-recorded">).data.value;
    };
    return read({ database, object });
  } catch (error) {
    throw unavailable(error, path);
  } finally {
    database?.close();
  }
}
