/** Nobody waits for a run here: how it ends is in the ledger, and that it could not go on there, recovery finds. */
export function follow(settled: Promise<unknown>): void {
  settled.catch(() => {});
}
