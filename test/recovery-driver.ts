// Usage: node recovery-driver.ts DIRECTORY FLOW TYPE STEP NTH CWD [undo]
// Runs the workflow (JSON), then with "undo" takes it back; dies when the nth entry of this type and step is durable.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { openIn } from "./installation.ts";
import { recoveryCapabilities } from "./recovery-capabilities.ts";

const [directory = "", flow = "{}", type = "", step = "", nth = "1", cwd = ".", after = ""] =
  process.argv.slice(2);
const file = join(directory, "flow.json");
writeFileSync(file, flow);
let left = Number(nth);
const { AI_FIRST_ALLOW_PRIVATE_HOSTS = "" } = process.env;
await using runtime = await openIn(directory, {
  env: { AI_FIRST_ALLOW_PRIVATE_HOSTS },
  // An entry of number nth belongs to the call of this number, where it belongs to a call outside.
  capabilities: recoveryCapabilities(directory, left),
  decide: () => ({ outcome: "allow", rules: [] }),
  onEntry: (entry) => {
    if (entry.type !== type || !("step" in entry) || entry.step !== step) return;
    left--;
    if (left === 0) process.kill(process.pid, "SIGKILL");
  },
});
const { run, ...view } = await runtime.run(file, { cwd });
if (after === "undo") await runtime.undo(run);
process.stderr.write(`It lives: ${JSON.stringify(view.failure)}\n`);
