import { z } from "zod";

import { Risk } from "./capability.ts";

const Globs = z.array(z.string().min(1));

/** What a run of a quest must keep to. Nothing in it can allow what the constitution or the chain refuses. */
export const Constraints = z.lazy(() =>
  z.strictObject({
    time_seconds: z
      .number()
      .positive()
      .optional()
      .describe("Of running, all steps together; waiting for a human does not count."),
    max_cost: z
      .number()
      .min(0)
      .optional()
      .describe(
        "In units of `cost_model`: free 0, compute 1, low_io 1, high_io 5, network 10; none given: 1.",
      ),
    hosts: z
      .array(z.string().min(1))
      .optional()
      .describe(
        "Only these hosts: `api.example.com`, or `*.example.com` for all below it. Empty: no network.",
      ),
    approvals: Globs.default([]).describe("Capabilities, as globs, before which a human is asked."),
    allowed_capabilities: Globs.default([]).describe("Globs; empty allows all that is not denied."),
    denied_capabilities: Globs.default([]),
    max_risk: Risk.optional().describe("Highest risk that a capability may have."),
  }),
);
export type Constraints = Readonly<z.output<typeof Constraints>>;
