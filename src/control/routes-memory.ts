import { z } from "zod";

import { recall } from "../aegis/memory/recall.ts";
import { SkillMemory } from "../contract/skill-memory.ts";
import { route, type Route } from "./route.ts";

/** What the ledger tells about how capabilities have done. */
export const MEMORY_ROUTES: readonly Route[] = [
  route({
    id: "getMemory",
    method: "get",
    path: "/v1/memory",
    tag: "memory",
    summary: "How capabilities have done, which follow each other, and what that speaks for.",
    role: "viewer",
    query: z.strictObject({ since: z.iso.datetime().optional().describe("Only what happened since then.") }),
    answer: { status: 200, text: "The skill memory.", schema: SkillMemory },
    handle: ({ station: { runtime, chain }, query: { since } }) =>
      recall(
        runtime.ledger,
        chain.governance.state(),
        since === undefined ? "" : new Date(since).toISOString(),
      ),
  }),
];
