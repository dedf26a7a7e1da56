import { z } from "zod";

import { CATEGORIES, ERRORS } from "../errors.ts";

/** What a request was refused with (RFC 9457). */
export const Problem = z
  .strictObject({
    type: z.string().describe("`urn:airun:error:` and the code."),
    title: z.string().describe("What kind of answer it is, in the words of HTTP."),
    status: z.int().min(400).max(599),
    detail: z.string().describe("What happened, with the offending value."),
    code: z.enum(Object.keys(ERRORS) as [keyof typeof ERRORS]),
    category: z.enum(Object.keys(CATEGORIES) as [keyof typeof CATEGORIES]),
    hint: z.string().describe("What to do."),
    retryable: z.boolean().describe("Whether the same request may succeed later."),
    details: z.unknown().optional(),
  })
  .meta({ id: "Problem" });
export type Problem = z.output<typeof Problem>;
