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
    if (closing.signal.aborted || ledger.lastSeq() === seq) return;
    for (const entry of ledger.entries({ afterSeq: seq, sealed: true })) {
      kept.push(entry);
      seq = entry.seq;
      // Another process may have written many at once.
      if (kept.length >= 2 * KEPT_ENTRIES) kept.splice(0, KEPT_ENTRIES);
    }
    for (const listener of listeners) listener();
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
      const [oldest] = kept;
      if (oldest !== undefined && oldest.seq <= from + 1) {
        // Not by position: the list may be cut while somebody reads it.
        for (let next = from + 1; next <= seq; next++) {
          const [first] = kept;
          const entry = kept[next - (first?.seq ?? Infinity)];
          if (entry === undefined) return;
          yield entry;
        }
        return;
      }
      for (const entry of ledger.entries({ afterSeq: from, sealed: true })) {
        if (entry.seq > seq) return;
        yield entry;
      }
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
