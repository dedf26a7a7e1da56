// Usage: node load-driver.ts DIRECTORY LOAD
// Opens the workspace, says "ready", starts the load (JSON, see many-runs.ts) when a line comes in, and prints what
// became of each run as one line of JSON.
import { once } from "node:events";

import { openIn } from "./installation.ts";
import { type Load, manyRunsCapabilities, runLoad } from "./many-runs.ts";

const [directory = "", load = "{}"] = process.argv.slice(2);
await using runtime = await openIn(directory, { capabilities: manyRunsCapabilities });
process.stdout.write("ready\n");
await once(process.stdin, "data");
process.stdin.destroy();
const views = await runLoad(runtime, directory, JSON.parse(load) as Load);
process.stdout.write(`${JSON.stringify(views.map(({ status, failure }) => ({ status, failure })))}\n`);
