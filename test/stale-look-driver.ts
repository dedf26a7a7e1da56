// Usage: node stale-look-driver.ts DIRECTORY STEP
// Runs a workflow of STEP (JSON) and a step that fails. It is held between the look of STEP's first effect and the
// commit of its intent, and dies when an intent of an effect is durable.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { testCapabilities } from "./crash/capabilities.ts";
import { holdCommit } from "./hold-commit.ts";
import { openIn } from "./installation.ts";

const [directory = "", step = "{}"] = process.argv.slice(2);
const file = join(directory, "flow.json");
const steps = [
  { ...(JSON.parse(step) as object), name: "one" },
  { name: "two", capability_name: "test.fail", inputs: {}, depends_on: ["one"] },
];
const flow = { name: "flow", version: "1.0.0", description: "d", metadata: { owner: "test" }, steps };
writeFileSync(file, JSON.stringify(flow));
let hasBegun = false;
await using runtime = await openIn(directory, {
  capabilities: testCapabilities,
  wrapHandler: (_, handler) => async (ctx, input) => {
    if (!hasBegun) {
      // With the intent of the step durable, the next commit is that of its effect.
      await runtime.ledger.flush();
      holdCommit(directory, 0);
    }
    hasBegun = true;
    return handler(ctx, input);
  },
  onEntry: ({ type }) => {
    if (type === "effect-intended") process.kill(process.pid, "SIGKILL");
  },
});
await runtime.run(file);
