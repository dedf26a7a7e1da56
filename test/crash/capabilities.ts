import { z } from "zod";

import { defineCapability, RuntimeError } from "../../src/index.ts";
import { failing } from "../failing.ts";

let calls = 0;

/** Writes, then fails; succeeds at the third call in one process. */
const flaky = defineCapability({
  id: "test.flaky",
  version: "1.0.0",
  description: "Writes a file, and fails twice.",
  input: z.strictObject({}),
  output: z.strictObject({}),
  risk: { level: "LOW", justification: "one file of the workspace" },
  sideEffects: ["filesystem_write"],
  undo: { kind: "reversible" },
  async run(ctx) {
    calls++;
    await ctx.fs.write("four", `attempt\n`);
    if (calls < 3) throw new RuntimeError("SERVICE_FAILED", `Call ${calls} fails.`);
    return {};
  },
});

export const testCapabilities = [failing, flaky];
