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
  maxCost: z.number().min(0).optional().describe("Of the quest, for its governor."),
  metadata: z.record(z.string(), z.unknown()).optional(),
});
export type Correlation = Readonly<z.output<typeof Correlation>>;
