import type { Runtime } from "../workflow/runtime.ts";
import type { BridgeCall } from "./call.ts";
import { say } from "./respond.ts";

/** What a dead process left is finished first; that it cannot be is no reason not to run. */
export async function finishWhatIsLeft(call: Pick<BridgeCall, "io">, runtime: Runtime): Promise<void> {
  try {
    for (const { run, status } of await runtime.recover())
      call.io.stderr.write(`Recovered run ${run}: ${status}\n`);
  } catch (error) {
    say(call, "Recovering failed", error);
  }
}
