/** The time. One adapter is the system's, the other a test's. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `delayMs`; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
};

let last = { ms: Number.NaN, text: "" };

/** A time in milliseconds since the epoch as ISO 8601 UTC; much happens in one millisecond. @throws RangeError for none */
export function isoTime(ms: number): string {
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
}
