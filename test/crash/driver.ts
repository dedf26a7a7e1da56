// Usage: node --import points.mjs driver.ts DIRECTORY SCENARIO prepare|act|recover
import { join } from "node:path";

import { createRuntime } from "../../src/index.ts";
import { testCapabilities } from "./capabilities.ts";
import { scenarios } from "./scenarios.ts";

const [directory = "", name = "", stage = ""] = process.argv.slice(2);
const scenario = scenarios(directory).find((each) => each.name === name);
if (scenario === undefined) throw new Error(`no scenario ${name}`);

await using runtime = await createRuntime({
  workspace: join(directory, "workspace"),
  env: { AI_FIRST_HOME: join(directory, "home") },
  capabilities: testCapabilities,
});
if (stage === "prepare") await scenario.prepare?.(runtime);
if (stage === "act") await scenario.act(runtime);
if (stage === "recover") {
  await runtime.recover();
  for (const { id } of runtime.ledger.runs({ status: "PAUSED" })) await runtime.decide(id, { decision: "approved", reason: "test" });
}
