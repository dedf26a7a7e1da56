// Usage: node --import crash/points.mjs serial-order-driver.ts DIRECTORY SEED INTENTS FLOW...
// Runs the workflows of these files at once. Each commit waits for a time that is drawn with the seed. The process
// dies once so many intents of effects are durable.
import { beforeCommit, stopFor } from "./before-commit.ts";
import { openIn } from "./installation.ts";
import { pythonRandom } from "./mt19937.ts";
import { serialOrderCapabilities } from "./serial-order-capabilities.ts";

const MAX_WAIT_MS = 12;
const [directory = "", seed = "", intents = "", ...flows] = process.argv.slice(2);
const draw = pythonRandom(Number(seed));
beforeCommit(() => stopFor(draw() * MAX_WAIT_MS));
let left = Number(intents);
await using runtime = await openIn(directory, {
  capabilities: serialOrderCapabilities,
  onEntry: ({ type }) => {
    if (type === "effect-intended" && --left === 0) process.kill(process.pid, "SIGKILL");
  },
});
await Promise.all(flows.map((flow) => runtime.run(flow)));
