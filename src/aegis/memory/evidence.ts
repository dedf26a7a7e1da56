// 95 % of the normal distribution lies within so many standard deviations.
const Z = 1.96;

/** Where the true share lies, when `hits` of `trials` were seen: Wilson's interval, so that few trials prove little. */
export function shareBetween(hits: number, trials: number): { readonly low: number; readonly high: number } {
  if (trials === 0) return { low: 0, high: 1 };
  const share = hits / trials;
  const z2 = Z * Z;
  const middle = (share + z2 / (2 * trials)) / (1 + z2 / trials);
  const half =
    (Z / (1 + z2 / trials)) * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials));
  return { low: middle - half, high: middle + half };
}

/** The value that a share of all is not above; `null` for none. Values must be in order. */
export function percentile(ascending: readonly number[], share: number): number | null {
  if (ascending.length === 0) return null;
  return ascending[Math.min(ascending.length - 1, Math.ceil(share * ascending.length) - 1)] ?? null;
}
