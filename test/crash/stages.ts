import { join } from "node:path";

import { createRuntime, type Runtime } from "../../src/index.ts";
import { testCapabilities } from "./capabilities.ts";
import { homeIn } from "../home.ts";

export function openRuntime(directory: string): Promise<Runtime> {
  return createRuntime({
    workspace: join(directory, "workspace"),
    env: { AI_FIRST_HOME: homeIn(directory) },
    capabilities: testCapabilities,
  });
}

/** What a new process does after a crash; whatever waits for a human is approved. */
export async function recover(runtime: Runtime): Promise<void> {
  await runtime.recover();
  for (const { id } of runtime.ledger.runs({ status: "PAUSED" }))
    await runtime.decide(id, { decision: "approved", reason: "test" });
}
