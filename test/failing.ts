import { z } from "zod";

import { defineCapability, RuntimeError } from "../src/index.ts";

/** A capability that fails for good. */
export const failing = defineCapability({
  id: "test.fail",
  version: "1.0.0",
  description: "Fails, always.",
  input: z.strictObject({}),
  output: z.strictObject({}),
  risk: { level: "LOW", justification: "it does nothing" },
  sideEffects: ["read_only"],
  undo: { kind: "none" },
  run: () => Promise.reject(new RuntimeError("CONTENT_INVALID", "It fails, as it should.")),
});
