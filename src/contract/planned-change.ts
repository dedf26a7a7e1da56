import { z } from "zod";

/** One path, address or program that something would change, reach or start. */
export const PlannedChange = z.strictObject({
  kind: z.enum(["create", "change", "delete", "make-dir", "request", "start-process"]),
  target: z.string().describe("A path of the workspace, an address, or a command."),
  diff: z
    .string()
    .nullable()
    .describe("Unified diff of a text file; null for anything else, and where it would be too long."),
  bytes: z
    .strictObject({ before: z.number().nullable(), after: z.number().nullable() })
    .readonly()
    .nullable()
    .describe("Of a file before and after; null on the side where there is none."),
});
export type PlannedChange = Readonly<z.output<typeof PlannedChange>>;
