// Node takes no longer delay.
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The delay of a timer for a time in milliseconds since 1970. */
export function msUntil(timeMs: number): number {
  return Math.min(Math.max(0, timeMs - Date.now()), MAX_DELAY_MS);
}
