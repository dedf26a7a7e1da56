import type { z } from "zod";

import type { ApprovalPage } from "../../contract/rest/approval.ts";
import type { EntryPage, LedgerEntry, LedgerHead } from "../../contract/rest/ledger.ts";
import type { Panic, PanicList } from "../../contract/rest/panic.ts";
import type { Run, RunDiff, RunPage, RunStatusName, RunSummary } from "../../contract/rest/run.ts";
import type { Health } from "../../contract/rest/service.ts";

// What the server answers with; the types come from the schemas that it encodes by.
export type { Run, RunStatusName, RunSummary };
export type Step = Run["steps"][number];
export type RunList = z.output<typeof RunPage>;
export type Diff = z.output<typeof RunDiff>;
export type PathDiff = Diff["changes"][number];
export type Entry = z.output<typeof LedgerEntry>;
export type Entries = z.output<typeof EntryPage>;
export type Head = z.output<typeof LedgerHead>;
export type Approvals = z.output<typeof ApprovalPage>;
export type OnePanic = z.output<typeof Panic>;
export type Panics = z.output<typeof PanicList>;
export type Healthy = z.output<typeof Health>;
