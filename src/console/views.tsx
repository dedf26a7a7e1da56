import type { ReactNode } from "react";

import { ApprovalsView } from "./approvals/approvals-view.tsx";
import { Nowhere } from "./frame/nowhere.tsx";
import { EntryView } from "./ledger/entry-view.tsx";
import { LedgerView } from "./ledger/ledger-view.tsx";
import { Overview } from "./overview/overview.tsx";
import { RunView } from "./run/run-view.tsx";
import { RunsView } from "./runs/runs-view.tsx";
import { StartView } from "./start/start-view.tsx";

/** Views as they stand in the navigation. */
export const NAVIGATION = ["overview", "runs", "start", "approvals", "ledger"] as const;

/** The view at an address. */
export function viewAt([name = "overview", first, second]: readonly string[]): ReactNode {
  switch (name) {
    case "overview":
      return <Overview />;
    case "runs":
      return first === undefined ? <RunsView /> : <RunView key={first} run={first} />;
    case "start":
      return <StartView kind={first} name={second} />;
    case "ledger":
      return first === undefined ? <LedgerView /> : <EntryView key={first} seq={first} />;
    case "approvals":
      return <ApprovalsView chosen={first} />;
    default:
      return <Nowhere />;
  }
}
