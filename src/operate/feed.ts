import type { Entry } from "../contract/entry.ts";
import type { Ledger } from "../ledger/ledger.ts";

// What most readers are behind by; who is further behind reads the ledger itself.
const KEPT_ENTRIES = 2_000;
const LOOK_MS = 100;

/** The end of a ledger as it grows, whichever process writes it. */
export type Feed = {
  /** The newest entry's number. */
  readonly seq: () => number;
  /** Entries after a number, in order and sealed: from memory where they are kept, else from the ledger. */
  readonly after: (seq: number) => Iterable<Entry>;
  /** Called after each growth; the returned function ends that. */
  readonly onGrowth: (listener: () => void) => () => void;
  /** Called when the feed ends; what still reads it should end too. */
  readonly closed: AbortSignal;
  /** To be called after an entry of this process, so that nobody waits for the next look. */
  readonly nudge: () => void;
  readonly close: () => void;
};

/**
 * One look at the ledger for all readers together. Nothing is queued for anybody: each reader has its own place in
 * the ledger, so that a slow one costs no memory.
 */
export function openFeed(ledger: Pick<Ledger, "entries" | "version" | "lastSeq">): Feed {
  const kept: Entry[] = [];
  const listeners = new Set<() => void>();
  const closing = new AbortController();
  let seq = ledger.lastSeq();
  let version = ledger.version();
  let isDue = false;

  const look = (): void => {
    isDue = false;
    // What nudged it may have been the last entry: the ledger is closed by then.
    if (closing.signal.aborted) return;
    const present = ledger.lastSeq();
    if (present === seq) return;
    seq = present;
    for (const listener of listeners) listener();
  };
  /** Reads what nobody has asked for until now. */
  const keep = (from: number): void => {
    const last = kept.at(-1)?.seq ?? 0;
    if (last === seq) return;
    const isNext = last >= from;
    if (!isNext) kept.length = 0;
    for (const entry of ledger.entries({
      afterSeq: isNext ? last : from,
      beforeSeq: seq + 1,
      sealed: true,
    })) {
      kept.push(entry);
      // Another process may have written many at once.
      if (kept.length >= 2 * KEPT_ENTRIES) kept.splice(0, KEPT_ENTRIES);
    }
  };
  const timer = setInterval(() => {
    const present = ledger.version();
    if (present === version) return;
    version = present;
    look();
  }, LOOK_MS);
  timer.unref();

  return {
    seq: () => seq,
    *after(from) {
      const oldest = kept[0]?.seq ?? seq;
      if (seq - from <= KEPT_ENTRIES || oldest <= from + 1) keep(from);
      let read = from;
      // Not by position: the list may be cut while somebody reads it.
      for (;;) {
        const entry = kept[read + 1 - (kept[0]?.seq ?? Infinity)];
        if (entry === undefined) break;
        yield entry;
        read = entry.seq;
      }
      if (read < seq) yield* ledger.entries({ afterSeq: read, beforeSeq: seq + 1, sealed: true });
    },
    onGrowth(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    closed: closing.signal,
    nudge() {
      if (isDue) return;
      isDue = true;
      setImmediate(look);
    },
    close() {
      clearInterval(timer);
      closing.abort();
      listeners.clear();
    },
  };
}
