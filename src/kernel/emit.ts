import type { Entry, LedgerEvent } from "../contract/entry.ts";
import type { AppendOptions } from "../ledger/ledger.ts";

/** Appends an event of one run, for its principal, and lets the run's state follow. Resolves once it is durable. */
export type Emit = <Event extends LedgerEvent>(
  event: Event,
  options?: AppendOptions,
) => Promise<Entry<Event>>;
