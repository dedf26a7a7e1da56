import { isObject } from "../../contract/json.ts";
import { createSignal } from "../signal.ts";
import type { Report, Seen } from "./verify-chain.ts";

const PLACE = "airun-seen:";

/** How many entries were verified since the page was loaded. */
export const verifiedSize = createSignal(0);

/** What this browser saw of a ledger last; it stays when the tab is closed, as a witness that no server can change. */
export function recallLedger(ledger: string): Seen | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(PLACE + ledger) ?? "null");
    if (!isObject(kept)) return undefined;
    const { size, root, key, at } = kept;
    return Number.isSafeInteger(size)
      ? { size: Number(size), root: String(root), key: String(key), at: String(at) }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a ledger that was found whole. */
export function rememberLedger(ledger: string, { entries, root, key }: Report): void {
  const seen: Seen = { size: entries, root, key, at: new Date().toISOString() };
  localStorage.setItem(PLACE + ledger, JSON.stringify(seen));
}

/** After somebody has looked into why it does not fit what was seen. */
export function forgetLedger(ledger: string): void {
  localStorage.removeItem(PLACE + ledger);
}
