import { z } from "zod";

const Id = z.string().min(1);

/** Who asked for a run, in the words of the system that drives the runtime; recorded with the run. */
export const Correlation = z.strictObject({
  executionId: Id.optional(),
  traceId: Id.optional(),
  parentTraceId: Id.optional(),
  questId: Id.optional(),
  userId: Id.optional(),
  capabilityId: Id.optional(),
  traceparent: z
    .string()
    .regex(/^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/)
    .optional()
    .describe("The caller's span (W3C Trace Context), under which the spans of the run belong."),
  tracestate: z.string().min(1).max(512).optional(),
  maxCost: z.number().min(0).optional().describe("Of the quest, for its governor."),
  metadata: z.record(z.string(), z.unknown()).optional(),
});
export type Correlation = Readonly<z.output<typeof Correlation>>;
