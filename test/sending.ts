import { z } from "zod";

import { defineCapability } from "../src/index.ts";

/** A capability that sends something away, and what it has sent. */
export function sendingCapability() {
  const sent: unknown[] = [];
  const send = defineCapability({
    id: "test.send",
    version: "1.0.0",
    description: "Sends something away.",
    input: z.strictObject({ text: z.string(), cc: z.string().optional() }),
    output: z.strictObject({}),
    risk: { level: "HIGH", justification: "test" },
    sideEffects: ["network_write"],
    undo: { kind: "compensable" },
    run: (_, input) => {
      sent.push(input);
      return Promise.resolve({});
    },
  });
  return { send, sent };
}
