import { z } from "zod";

import { recallAside } from "../aegis/memory/recall-aside.ts";
import { RuntimeError } from "../contract/errors.ts";
import { ProposalReport } from "../contract/rest/chain.ts";
import { SkillMemory } from "../contract/skill-memory.ts";
import { describeProposal } from "../operate/describe-proposal.ts";
import { proposalOf, proposeSuggestion } from "../operate/propose-suggestion.ts";
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
    refusals: [429],
    handle: ({ station: { runtime, chain }, query: { since } }) =>
      recallAside(
        runtime.ledger,
        chain.governance.state(),
        since === undefined ? "" : new Date(since).toISOString(),
      ),
  }),
  route({
    id: "proposeSuggestion",
    method: "post",
    path: "/v1/memory/suggestions/{suggestion}/proposal",
    tag: "memory",
    summary: "Propose a suggestion of the skill memory; it changes nothing, approved or not.",
    role: "operator",
    params: z.strictObject({ suggestion: z.string().min(1).max(200) }),
    body: z.strictObject({}),
    answer: { status: 201, text: "The proposal.", schema: ProposalReport },
    refusals: [404, 409, 429],
    handle: async ({ station: { runtime, chain }, caller, params }) => {
      const { suggestions } = await recallAside(runtime.ledger, chain.governance.state());
      const suggestion = suggestions.find(({ id }) => id === params.suggestion);
      if (suggestion === undefined)
        throw new RuntimeError("SUBJECT_UNKNOWN", `Nothing is suggested as "${params.suggestion}".`);
      const present = proposalOf(chain, suggestion);
      if (present !== undefined)
        throw new RuntimeError("ALREADY_EXISTS", `${present.id} proposes it already.`);
      const { id } = await proposeSuggestion(chain, caller.principal, suggestion);
      return describeProposal(chain, id);
    },
  }),
];
