import type { Route } from "./route.ts";
import { APPROVAL_ROUTES } from "./routes-approvals.ts";
import { EVENT_ROUTES } from "./routes-events.ts";
import { OLDER_ROUTES } from "./routes-older.ts";
import { RUN_ROUTES } from "./routes-runs.ts";
import { SERVICE_ROUTES } from "./routes-service.ts";

/** Every operation of Mission Control, in the order of its description. */
export const ROUTES: readonly Route[] = [
  ...SERVICE_ROUTES,
  ...RUN_ROUTES,
  ...APPROVAL_ROUTES,
  ...EVENT_ROUTES,
  ...OLDER_ROUTES,
];
