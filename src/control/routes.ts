import type { Route } from "./route.ts";
import { APPROVAL_ROUTES } from "./routes-approvals.ts";
import { CHAIN_ROUTES } from "./routes-chain.ts";
import { EVENT_ROUTES } from "./routes-events.ts";
import { FILE_ROUTES } from "./routes-files.ts";
import { LEDGER_ROUTES } from "./routes-ledger.ts";
import { MEMORY_ROUTES } from "./routes-memory.ts";
import { OLDER_ROUTES } from "./routes-older.ts";
import { PANIC_ROUTES } from "./routes-panic.ts";
import { POLICY_ROUTES } from "./routes-policies.ts";
import { RUN_ROUTES } from "./routes-runs.ts";
import { SERVICE_ROUTES } from "./routes-service.ts";
import { SPEC_ROUTES } from "./routes-specs.ts";

/** Every operation of Mission Control, in the order of its description. */
export const ROUTES: readonly Route[] = [
  ...SERVICE_ROUTES,
  ...RUN_ROUTES,
  ...APPROVAL_ROUTES,
  ...PANIC_ROUTES,
  ...EVENT_ROUTES,
  ...CHAIN_ROUTES,
  ...SPEC_ROUTES,
  ...POLICY_ROUTES,
  ...MEMORY_ROUTES,
  ...LEDGER_ROUTES,
  ...FILE_ROUTES,
  ...OLDER_ROUTES,
];
