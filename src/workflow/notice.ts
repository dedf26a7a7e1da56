import type { Entry, EventOf, EventType } from "../contract/entry.ts";
import type { Failure } from "../contract/errors.ts";
import { visible } from "../kernel/consent.ts";
import type { Ledger } from "../ledger/ledger.ts";

const ORDERS = [
  "run-cancel-requested",
  "run-paused",
  "run-resumed",
  "approval-decided",
  "approval-revoked",
] as const;
const LOOK_MS = 100;

/** What somebody tells the process that works on a run. */
export type Order = Entry<EventOf<(typeof ORDERS)[number]>>;

export type Unfollowed = {
  readonly run: string;
  readonly order: Order["type"] | "panic-raised";
  readonly failure: Failure;
};

export type Notice = {
  /** Remembers an order that this process gave itself. */
  readonly gave: (entry: Entry) => void;
  readonly stop: () => void;
};

/**
 * Tells of the orders that other processes give to runs: a cancellation, a pause, an answer to an approval. It costs
 * a glance at the ledger's version ten times a second, and keeps no process alive.
 */
export function noticeOrders(ledger: Ledger, onOrder: (order: Order) => void): Notice {
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
      if (isOrder(type)) own.add(seq);
    },
    stop: () => clearInterval(timer),
  };
}

/** A warning of the process. */
export function warnOfUnfollowed({ run, order, failure }: Unfollowed): void {
  const message = `Run ${run} could not go on after ${order}: ${visible(failure.message)}`;
  process.emitWarning(message, { type: "AirunWarning", code: failure.code, detail: failure.hint });
}

function isOrder(type: EventType): boolean {
  return ORDERS.some((order) => order === type);
}
