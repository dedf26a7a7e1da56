import type { Entry, EventType } from "../contract/entry.ts";
import type { Ledger } from "../ledger/ledger.ts";

const ORDERS: readonly EventType[] = [
  "run-cancel-requested",
  "run-paused",
  "run-resumed",
  "approval-decided",
];
const LOOK_MS = 100;

export type Notice = {
  /** Remembers an order that this process gave itself. */
  readonly gave: (entry: Entry) => void;
  readonly stop: () => void;
};

/**
 * Tells of the orders that other processes give to runs: a cancellation, a pause, an answer to an approval. It costs
 * a glance at the ledger's version ten times a second, and keeps no process alive.
 */
export function noticeOrders(ledger: Ledger, onOrder: (entry: Entry) => void): Notice {
  const own = new Set<number>();
  let seen = ledger.head().seq;
  let version = ledger.version();
  const look = (): void => {
    const present = ledger.version();
    if (present === version) return;
    version = present;
    for (const entry of ledger.entries({ afterSeq: seen, types: ORDERS })) {
      seen = entry.seq;
      if (!own.delete(entry.seq)) onOrder(entry);
    }
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return {
    gave: ({ type, seq }) => {
      if (ORDERS.includes(type)) own.add(seq);
    },
    stop: () => clearInterval(timer),
  };
}
