// Usage: node reads-driver.ts DIRECTORY FLOW
// Runs a workflow until the step "die", which stands for a crash.
import { readsCapabilities } from "./reads-capabilities.ts";
import { openIn } from "./installation.ts";

const [directory = "", flow = ""] = process.argv.slice(2);
await using runtime = await openIn(directory, {
  capabilities: readsCapabilities(async () => {
    // What was read before is durable at the death.
    await runtime.ledger.flush();
    process.kill(process.pid, "SIGKILL");
  }),
});
await runtime.run(flow);
