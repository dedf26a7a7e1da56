import type { ReactNode } from "react";

import { DiffText } from "../parts/diff.tsx";
import { LifecycleMark } from "../parts/lifecycle.tsx";
import { RiskMark } from "../parts/risk.tsx";
import { Facts } from "../parts/section.tsx";
import { Load } from "../parts/states.tsx";
import { Foreign, foreignLines, Short } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import type { Proposal } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";
import { ProposalOrders } from "./proposal-orders.tsx";

/** What a reviewer must see of a proposal, and the review. */
export function ProposalDetail({ id }: { readonly id: string }): ReactNode {
  const asked = useRest<Proposal>("chain", ["proposals", id]);
  return <Load of={asked}>{(proposal) => <Shown proposal={proposal} />}</Load>;
}

function Shown({ proposal }: { readonly proposal: Proposal }): ReactNode {
  const say = useSay();
  const { subject, status, risk, reasons, proposedBy, at, justification, signedBy, binds } = proposal;
  return (
    <article className="document">
      <header>
        <h2>
          <span className="soft">{subject.kind}</span> <Foreign text={subject.name} />{" "}
          <span className="soft">{subject.version}</span>
        </h2>
        <LifecycleMark state={status} />
        <RiskMark risk={risk} />
      </header>
      <Facts
        facts={[
          [say("proposal.by"), <Foreign key="by" text={proposedBy} />],
          [say("approvals.at"), <Ago key="at" at={at} />],
          [say("proposal.signed"), <Foreign key="signed" text={signedBy ?? say("proposal.unsigned")} />],
          [say("approvals.binds"), <Short key="binds" id={binds} length={16} />],
        ]}
      />
      <h3>{say("proposal.why")}</h3>
      <p>
        <Foreign text={justification} />
      </p>
      {reasons.length > 0 && (
        <>
          <h3>{say("proposal.reasons")}</h3>
          <ul className="plain">
            {reasons.map((reason) => (
              <li key={reason}>
                <Foreign text={reason} />
              </li>
            ))}
          </ul>
        </>
      )}
      <Contracts proposal={proposal} />
      <FilesOf proposal={proposal} />
      <Answers proposal={proposal} />
      {status === "PENDING_REVIEW" && <ProposalOrders id={proposal.id} risk={risk} />}
    </article>
  );
}

function Contracts({ proposal: { contracts } }: { readonly proposal: Proposal }): ReactNode {
  const say = useSay();
  if (contracts.length === 0) return null;
  return (
    <>
      <h3>{say("proposal.contracts")}</h3>
      <ul className="held">
        {contracts.map(({ capability, operation, effects, undo, hosts }) => (
          <li key={capability}>
            <code>{capability}</code> {operation} · {effects.join(", ")} · {undo}
            {hosts.length > 0 && ` · ${hosts.join(", ")}`}
          </li>
        ))}
      </ul>
    </>
  );
}

function FilesOf({ proposal: { files, diff, previous } }: { readonly proposal: Proposal }): ReactNode {
  const say = useSay();
  return (
    <>
      {diff !== null && (
        <>
          <h3>{say("proposal.diff", { version: previous ?? "" })}</h3>
          <DiffText text={diff} label={say("proposal.diff", { version: previous ?? "" })} />
        </>
      )}
      <h3>{say("proposal.files")}</h3>
      {Object.entries(files).map(([name, text]) => (
        <details key={name} className="change">
          <summary className="mono">
            <Foreign text={name} />
          </summary>
          <pre className="values" tabIndex={0} role="group" aria-label={name}>
            {foreignLines(text)}
          </pre>
        </details>
      ))}
    </>
  );
}

function Answers({
  proposal: { approvals, approvalsNeeded, reviews, rejection },
}: {
  readonly proposal: Proposal;
}): ReactNode {
  const say = useSay();
  return (
    <>
      <p className="soft">{say("proposal.answers", { n: approvals.length, needed: approvalsNeeded })}</p>
      {[...reviews, ...approvals].map(({ by, reason }, index) => (
        <p key={index} className="note">
          <Foreign text={by} />: <Foreign text={reason} />
        </p>
      ))}
      {rejection !== null && (
        <p className="note bad">
          <strong>{say("proposal.rejected")}</strong> <Foreign text={rejection.by} />:{" "}
          <Foreign text={rejection.reason} />
        </p>
      )}
    </>
  );
}
