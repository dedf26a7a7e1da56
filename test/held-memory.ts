import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What this process holds on to, in bytes: after everything that nobody needs was collected. */
export function heldMemory(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
