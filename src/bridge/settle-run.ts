import { setTimeout as sleep } from "node:timers/promises";

import type { Runtime } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";

const LOOK_MS = 50;

/** A run when it has ended or waits: where a dead process left it, it is finished here; a living one is awaited. */
export async function settleRun(runtime: Runtime, run: string): Promise<RunView> {
  for (;;) {
    const view = runtime.show(run);
    if (view.status !== "RUNNING" && view.status !== "ROLLING_BACK") return view;
    await runtime.recover();
    await sleep(LOOK_MS);
  }
}
