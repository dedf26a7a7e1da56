import { z } from "zod";

import type { ApprovalView } from "../contract/approval.ts";
import { Approval, ApprovalAnswer, ApprovalPage, Verdict } from "../contract/rest/approval.ts";
import { Reasoned } from "../contract/rest/chain.ts";
import { Run } from "../contract/rest/run.ts";
import type { Station } from "../operate/station.ts";
import { answerApproval, decideApproval, revokeApproval } from "../workflow/approvals.ts";
import { listApprovals, mayAnswer, viewApproval } from "../workflow/view-approvals.ts";
import { showRun } from "./encode-run.ts";
import { follow } from "./follow.ts";
import { type Caller, route, type Route } from "./route.ts";

const ApprovalPath = z.strictObject({ approval: z.string().min(1).max(100) });
const ONE = { status: 200, text: "The approval.", schema: Approval } as const;
const AFTER = { ...ONE, text: "The approval after that." } as const;

const ANSWERS = [
  ["approve", "approved", "Approve what was shown; once enough persons have, the run goes on."],
  ["reject", "rejected", "Reject what was shown: its step is denied, and the run is rolled back."],
] as const;

/** What waits for a human, and what humans said. */
export const APPROVAL_ROUTES: readonly Route[] = [
  route({
    id: "listApprovals",
    method: "get",
    path: "/v1/approvals",
    tag: "approvals",
    summary: "What waits for a human, or what humans said, the newest first.",
    role: "viewer",
    query: z.strictObject({
      state: z.enum(["waiting", "decided", "all"]).default("waiting"),
      run: z.string().min(1).max(200).optional().describe("Only of this run."),
      limit: z.int().min(1).max(500).default(100),
      cursor: z.int().min(1).optional().describe("`next` of the page before."),
    }),
    answer: { status: 200, text: "A page of approvals.", schema: ApprovalPage },
    refusals: [404],
    handle: ({ station, caller, query: { state, run, limit, cursor } }) => {
      const { kernel, engine } = station.controlFor(caller.principal);
      if (run !== undefined) engine.row(run);
      const { approvals, next } = listApprovals(kernel, { state, run, limit, before: cursor });
      return {
        approvals: approvals.map(
          ({ full: _full, changes: _changes, terms: _terms, answers: _answers, ...each }) => ({
            ...each,
            name: nameOf(station, each),
          }),
        ),
        next,
      };
    },
  }),
  route({
    id: "getApproval",
    method: "get",
    path: "/v1/approvals/{approval}",
    tag: "approvals",
    summary:
      "An approval with the whole consent as the runtime rendered it, what it binds, and who may answer.",
    role: "viewer",
    params: ApprovalPath,
    answer: ONE,
    refusals: [404],
    handle: ({ station, caller, params: { approval } }) => show(station, caller, approval),
  }),
  ...ANSWERS.map(([verb, decision, summary]) =>
    route({
      id: `${verb}Approval`,
      method: "post",
      path: `/v1/approvals/{approval}/${verb}`,
      tag: "approvals",
      summary,
      role: "approver",
      params: ApprovalPath,
      body: ApprovalAnswer,
      answer: AFTER,
      refusals: [404, 409],
      handle: async ({ station, caller, params: { approval }, body: { digest, reason } }) => {
        const control = station.controlFor(caller.principal);
        follow((await answerApproval(control, approval, { decision, reason }, digest)).settled);
        return show(station, caller, approval);
      },
    }),
  ),
  route({
    id: "revokeApproval",
    method: "post",
    path: "/v1/approvals/{approval}/revoke",
    tag: "approvals",
    summary: "Take back an approval that was not used yet; its step is denied.",
    role: "approver",
    params: ApprovalPath,
    body: Reasoned,
    answer: AFTER,
    refusals: [404, 409],
    handle: async ({ station, caller, params: { approval }, body: { reason } }) => {
      follow((await revokeApproval(station.controlFor(caller.principal), approval, reason)).settled);
      return show(station, caller, approval);
    },
  }),
  route({
    id: "decideApproval",
    method: "post",
    path: "/v1/runs/{run}/approval",
    tag: "approvals",
    summary: "Approve or reject what a run waits for, without naming what was shown.",
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

function show(station: Station, { principal }: Caller, id: string): z.output<typeof Approval> {
  const { kernel } = station.controlFor(principal);
  const view = viewApproval(kernel, id);
  return { ...view, name: nameOf(station, view), mayAnswer: mayAnswer(kernel, id, principal) };
}

function nameOf({ runtime }: Station, { run }: Pick<ApprovalView, "run">): string {
  return runtime.ledger.run(run)?.name ?? "";
}
