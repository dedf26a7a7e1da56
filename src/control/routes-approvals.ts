import { z } from "zod";

import { OpenApprovals, Verdict } from "../contract/rest/approval.ts";
import { Run } from "../contract/rest/run.ts";
import { decideApproval } from "../workflow/approvals.ts";
import { showRun } from "./encode-run.ts";
import { follow } from "./follow.ts";
import { route, type Route } from "./route.ts";

/** What waits for a human. */
export const APPROVAL_ROUTES: readonly Route[] = [
  route({
    id: "listApprovals",
    method: "get",
    path: "/v1/approvals",
    tag: "approvals",
    summary: "What waits for a human, with the consent as the runtime rendered it.",
    role: "viewer",
    answer: {
      status: 200,
      text: "The open approvals, those of the newest run first.",
      schema: OpenApprovals,
    },
    handle: ({ station: { runtime } }) => ({
      approvals: runtime.ledger.runs({ status: "PAUSED", open: true, limit: 1000 }).flatMap(({ id, name }) =>
        runtime.approvals(id).map(({ step, text, approvers, expiresAt }) => ({
          run: id,
          name,
          step,
          text,
          approvers: [...approvers],
          expiresAt,
        })),
      ),
    }),
  }),
  route({
    id: "decideApproval",
    method: "post",
    path: "/v1/runs/{run}/approval",
    tag: "approvals",
    summary: "Approve or reject what a run waits for; approved, it goes on.",
    role: "approver",
    params: z.strictObject({ run: z.string().min(1).max(200) }),
    body: Verdict,
    answer: { status: 200, text: "The run after the decision.", schema: Run },
    refusals: [403, 404, 409],
    handle: async ({ station, caller, params: { run }, body: { step, ...verdict } }) => {
      follow((await decideApproval(station.controlFor(caller.principal), run, verdict, step)).settled);
      return showRun(station, run);
    },
  }),
];
