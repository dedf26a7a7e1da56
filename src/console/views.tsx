import type { ReactNode } from "react";

import { Nowhere } from "./frame/nowhere.tsx";
import { Overview } from "./overview/overview.tsx";
import { RunView } from "./run/run-view.tsx";
import { RunsView } from "./runs/runs-view.tsx";

/** Views as they stand in the navigation. */
export const NAVIGATION = ["overview", "runs"] as const;

/** The view at an address. */
export function viewAt([name = "overview", first]: readonly string[]): ReactNode {
  switch (name) {
    case "overview":
      return <Overview />;
    case "runs":
      return first === undefined ? <RunsView /> : <RunView key={first} run={first} />;
    default:
      return <Nowhere />;
  }
}
