import { z } from "zod";

import type { Subject } from "../contract/governance-event.ts";
import {
  ProposalApproval,
  ProposalList,
  ProposalReport,
  Reasoned,
  Review,
  Submission,
  SubjectList,
  SubjectReport,
} from "../contract/rest/chain.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Lifecycle } from "../governance/state.ts";
import { changeLifecycle, reinstate } from "../operate/change-lifecycle.ts";
import { describeProposal, showBy } from "../operate/describe-proposal.ts";
import { proposeFiles } from "../operate/propose-files.ts";
import type { Chain } from "../operate/station.ts";
import { describeSubject, standingOf, subjectsOf } from "../operate/subjects.ts";
import { route, type Route } from "./route.ts";

const ProposalPath = z.strictObject({ proposal: z.string().min(1).max(100) });
const SubjectPath = z.strictObject({ name: z.string().min(1).max(200), version: z.string().min(1).max(50) });
const ONE_PROPOSAL = { status: 200, text: "The proposal.", schema: ProposalReport } as const;

const PROPOSAL_ROUTES: readonly Route[] = [
  route({
    id: "listProposals",
    method: "get",
    path: "/v1/proposals",
    tag: "proposals",
    summary: "What was proposed, the newest first.",
    role: "viewer",
    query: z.strictObject({ status: z.enum(["PENDING_REVIEW", "APPROVED", "REJECTED"]).optional() }),
    answer: { status: 200, text: "The proposals.", schema: ProposalList },
    handle: ({ station: { chain }, query: { status } }) => ({
      proposals: [...chain.governance.state().proposals.values()]
        .filter((each) => status === undefined || each.status === status)
        .toReversed()
        .map(({ id, subject, by, risk, at, justification, ...proposal }) => ({
          id,
          ...subject,
          status: proposal.status,
          risk,
          by: showBy(by),
          at,
          justification,
        })),
    }),
  }),
  route({
    id: "submitProposal",
    method: "post",
    path: "/v1/proposals",
    tag: "proposals",
    summary:
      "Propose a pack, a facade or a capability; nothing of it can run before it is approved and active.",
    role: "operator",
    body: Submission,
    answer: { ...ONE_PROPOSAL, status: 201 },
    refusals: [404, 409],
    handle: async ({ station: { chain }, caller, body: { files, justification, key } }) => {
      const { id } = await proposeFiles(chain, caller.principal, files, justification, key);
      return describeProposal(chain, id);
    },
  }),
  route({
    id: "getProposal",
    method: "get",
    path: "/v1/proposals/{proposal}",
    tag: "proposals",
    summary: "What a reviewer must see: contracts, locks, files, and what changed since the version before.",
    role: "viewer",
    params: ProposalPath,
    answer: ONE_PROPOSAL,
    refusals: [404],
    handle: ({ station: { chain }, params: { proposal } }) => describeProposal(chain, idOf(chain, proposal)),
  }),
  route({
    id: "reviewProposal",
    method: "post",
    path: "/v1/proposals/{proposal}/review",
    tag: "proposals",
    summary: "Set the risk of a proposal; lowering it takes a reason.",
    role: "reviewer",
    params: ProposalPath,
    body: Review,
    answer: ONE_PROPOSAL,
    refusals: [404, 409],
    handle: async ({ station: { chain }, caller, params: { proposal }, body: { risk, reason } }) => {
      const { id } = await chain.governance.review(caller.principal, proposal, risk, reason);
      return describeProposal(chain, id);
    },
  }),
  route({
    id: "approveProposal",
    method: "post",
    path: "/v1/proposals/{proposal}/approve",
    tag: "proposals",
    summary: "Approve a proposal that somebody else made.",
    role: "approver",
    params: ProposalPath,
    body: ProposalApproval,
    answer: ONE_PROPOSAL,
    refusals: [404, 409],
    handle: async ({ station: { chain }, caller, params: { proposal }, body: { reason } }) => {
      const { id } = await chain.governance.decide(caller.principal, proposal, "approved", reason);
      return describeProposal(chain, id);
    },
  }),
  route({
    id: "rejectProposal",
    method: "post",
    path: "/v1/proposals/{proposal}/reject",
    tag: "proposals",
    summary: "Reject a proposal.",
    role: "approver",
    params: ProposalPath,
    body: Reasoned,
    answer: ONE_PROPOSAL,
    refusals: [404, 409],
    handle: async ({ station: { chain }, caller, params: { proposal }, body: { reason } }) => {
      const { id } = await chain.governance.decide(caller.principal, proposal, "rejected", reason);
      return describeProposal(chain, id);
    },
  }),
];

/** Over HTTP a proposal is named by its whole id. */
function idOf({ governance }: Chain, id: string): string {
  if (governance.state().proposals.has(id)) return id;
  throw new RuntimeError("SUBJECT_UNKNOWN", `There is no proposal "${id}".`);
}

const CHANGES = [
  ["activate", "ACTIVE", "Make an approved one ACTIVE; it can be reached at once."],
  ["freeze", "FROZEN", "Stop everybody from reaching it, until it is activated again."],
  ["deprecate", "DEPRECATED", "Retire it for good."],
] as const satisfies readonly (readonly [string, Lifecycle, string])[];

function subjectRoutes(kind: "pack" | "facade"): Route[] {
  const path = `/v1/${kind}s/{name}/{version}`;
  const title = kind === "pack" ? "Pack" : "Facade";
  const answer = { status: 200, text: `The ${kind}.`, schema: SubjectReport };
  return [
    route({
      id: `list${title}s`,
      method: "get",
      path: `/v1/${kind}s`,
      tag: `${kind}s`,
      summary: `Every ${kind} that the chain knows or that lies here, with its state.`,
      role: "viewer",
      answer: { status: 200, text: `The ${kind}s.`, schema: SubjectList },
      handle: ({ station: { chain } }) => ({
        subjects: subjectsOf(chain, kind).map((subject) => standingOf(chain, subject)),
      }),
    }),
    route({
      id: `get${title}`,
      method: "get",
      path,
      tag: `${kind}s`,
      summary: `A ${kind} with what its approval holds it to.`,
      role: "viewer",
      params: SubjectPath,
      answer,
      refusals: [404],
      handle: ({ station: { chain }, params }) => describeSubject(chain, known(chain, { kind, ...params })),
    }),
    ...CHANGES.map(([verb, to, summary]) =>
      route({
        id: `${verb}${title}`,
        method: "post",
        path: `${path}/${verb}`,
        tag: `${kind}s`,
        summary,
        role: "operator",
        params: SubjectPath,
        body: Reasoned,
        answer,
        refusals: [404, 409],
        handle: async ({ station: { chain }, caller, params, body: { reason } }) => {
          const subject = { kind, ...params };
          await changeLifecycle(chain, caller.principal, subject, to, reason);
          return describeSubject(chain, subject);
        },
      }),
    ),
    route({
      id: `reinstate${title}`,
      method: "post",
      path: `${path}/reinstate`,
      tag: `${kind}s`,
      summary: "Put back what was approved, and end a suspension.",
      role: "admin",
      params: SubjectPath,
      body: Reasoned,
      answer,
      refusals: [404, 409],
      handle: async ({ station: { chain }, caller, params, body: { reason } }) => {
        const subject = { kind, ...params };
        await reinstate(chain, caller.principal, subject, reason);
        return describeSubject(chain, subject);
      },
    }),
  ];
}

function known(chain: Chain, subject: Subject): Subject {
  const { kind, name, version } = subject;
  if (
    subjectsOf(chain, kind as "pack" | "facade").some(
      (each) => each.name === name && each.version === version,
    )
  )
    return subject;
  throw new RuntimeError("SUBJECT_UNKNOWN", `There is no ${kind} "${name}@${version}".`);
}

/** Proposals, packs and facades: the governance chain. */
export const CHAIN_ROUTES: readonly Route[] = [
  ...PROPOSAL_ROUTES,
  ...subjectRoutes("pack"),
  ...subjectRoutes("facade"),
];
