import type { z } from "zod";

import type { Entry } from "../contract/entry.ts";
import type { EntryPage } from "../contract/rest/ledger.ts";

/** So many of the entries, and where the next page goes on. */
export function pageOf(entries: Iterable<Entry>, limit: number): z.output<typeof EntryPage> {
  const page: Entry[] = [];
  for (const entry of entries) {
    if (page.length === limit) return { entries: page, next: page.at(-1)?.seq ?? null };
    page.push(entry);
  }
  return { entries: page, next: null };
}
