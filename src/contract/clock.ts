/** The time. One adapter is the system's, the other a test's. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `delayMs`; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
};

const MINUTE_MS = 60_000;
let minute = { startMs: Number.NaN, text: "" };

/** A time in whole milliseconds since the epoch as ISO 8601 UTC; what changes once a minute is written out once. */
export function isoTime(ms: number): string {
  const ofMinute = ms - minute.startMs;
  if (ofMinute >= 0 && ofMinute < MINUTE_MS) {
    const seconds = Math.floor(ofMinute / 1000);
    return `${minute.text}${digits(seconds, 2)}.${digits(ofMinute - seconds * 1000, 3)}Z`;
  }
  const text = new Date(ms).toISOString();
  minute = { startMs: Math.floor(ms / MINUTE_MS) * MINUTE_MS, text: text.slice(0, -"00.000Z".length) };
  return text;
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, "0");
}
