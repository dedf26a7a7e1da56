import type { ReactNode } from "react";

import { ApprovalsView } from "./approvals/approvals-view.tsx";
import { CatalogueView } from "./catalogue/catalogue-view.tsx";
import { FilesView } from "./files/files-view.tsx";
import { Nowhere } from "./frame/nowhere.tsx";
import { EntryView } from "./ledger/entry-view.tsx";
import { LedgerView } from "./ledger/ledger-view.tsx";
import { MemoryView } from "./memory/memory-view.tsx";
import { Overview } from "./overview/overview.tsx";
import { PoliciesView } from "./policies/policies-view.tsx";
import { RunView } from "./run/run-view.tsx";
import { RunsView } from "./runs/runs-view.tsx";
import { StartView } from "./start/start-view.tsx";

/** Views as they stand in the navigation. */
export const NAVIGATION = [
  "overview",
  "runs",
  "start",
  "approvals",
  "catalogue",
  "ledger",
  "files",
  "policies",
  "memory",
] as const;

/** The view at an address. */
export function viewAt(path: readonly string[]): ReactNode {
  const [name = "overview", first, second] = path;
  switch (name) {
    case "overview":
      return <Overview />;
    case "runs":
      return first === undefined ? <RunsView /> : <RunView key={first} run={first} />;
    case "start":
      return <StartView kind={first} name={second} />;
    case "ledger":
      return first === undefined ? <LedgerView /> : <EntryView key={first} seq={first} />;
    case "catalogue":
      return <CatalogueView path={path.slice(1)} />;
    case "files":
      return <FilesView />;
    case "policies":
      return <PoliciesView />;
    case "memory":
      return <MemoryView />;
    case "approvals":
      return <ApprovalsView chosen={first} />;
    default:
      return <Nowhere />;
  }
}
