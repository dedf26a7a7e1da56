// Usage: node panic-driver.ts DIRECTORY FLOW TYPE
// Runs the workflow file, and dies when the first entry of this type is durable that follows from a panic.
import { openIn } from "./installation.ts";
import { panicCapabilities, person } from "./panic-site.ts";

const [directory = "", flow = "", type = ""] = process.argv.slice(2);
let isTold = false;
await using runtime = await openIn(directory, {
  capabilities: panicCapabilities(directory),
  principal: person("ann", "claude"),
  onEntry: (entry) => {
    isTold ||= "panic" in entry.data;
    if (isTold && entry.type === type) process.kill(process.pid, "SIGKILL");
  },
});
await runtime.run(flow);
