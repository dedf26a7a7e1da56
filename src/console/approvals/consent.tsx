import type { ReactNode } from "react";

import { visible } from "../../contract/visible.ts";
import { linkTo } from "../address.ts";
import { PlannedChanges } from "../parts/planned.tsx";
import { Principal } from "../parts/principal.tsx";
import { RiskMark } from "../parts/risk.tsx";
import { Facts } from "../parts/section.tsx";
import { Load } from "../parts/states.tsx";
import { Foreign, foreignLines, Short } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import type { Approval } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";
import { Answer } from "./answer.tsx";

/** One approval as a document: the text that the runtime rendered, what would change, and the answer beneath it. */
export function Consent({ id }: { readonly id: string }): ReactNode {
  const asked = useRest<Approval>("approvals", ["approvals", id]);
  return <Load of={asked}>{(approval) => <Document approval={approval} />}</Load>;
}

function Document({ approval }: { readonly approval: Approval }): ReactNode {
  const say = useSay();
  const { name, step, state, risk, run, requestedBy, requestedAt, expiresAt, full, rules, binds, terms } =
    approval;
  return (
    <article className="document">
      <header>
        <h2>
          <Foreign text={name} /> <code className="soft">{visible(step)}</code>
        </h2>
        <RiskMark risk={risk} />
        {state !== "open" && <strong>{say(`approval.${state}`)}</strong>}
      </header>
      <Facts
        facts={[
          [say("approvals.by"), <Principal key="by" who={requestedBy} />],
          [say("approvals.at"), <Ago key="at" at={requestedAt} />],
          [
            say("approvals.until"),
            expiresAt === null ? say("approvals.noend") : <Ago key="until" at={expiresAt} />,
          ],
          [
            say("approvals.run"),
            <a key="run" className="mono" href={linkTo(["runs", run])}>
              {run.slice(0, 13)}
            </a>,
          ],
        ]}
      />
      <h3>{say("approvals.consent")}</h3>
      <p className="soft">{say("approvals.consent.lead")}</p>
      <pre className="paper consent" tabIndex={0} role="group" aria-label={say("approvals.consent")}>
        {foreignLines(full)}
      </pre>
      <h3>{say("approvals.changes")}</h3>
      <Foreseen changes={approval.changes} />
      <Facts
        facts={[
          [say("approvals.rules"), <code key="rules">{rules.join(", ")}</code>],
          [say("approvals.answers"), say.count("approvals.quorum", terms.quorum)],
          [say("approvals.binds"), <Short key="binds" id={binds} length={16} />],
        ]}
      />
      <Answers approval={approval} />
      {(state === "open" || state === "approved") && <Answer approval={approval} />}
    </article>
  );
}

function Foreseen({ changes }: Pick<Approval, "changes">): ReactNode {
  const say = useSay();
  if (changes === null) return <p className="soft">{say("approvals.changes.unknown")}</p>;
  if (changes.length === 0) return <p className="soft">{say("approvals.changes.none")}</p>;
  return <PlannedChanges changes={changes} />;
}

function Answers({ approval: { answers } }: { readonly approval: Approval }): ReactNode {
  const say = useSay();
  return answers.map(({ by, at, answer, reason }) => (
    <p key={at} className="note">
      <strong>{say(`approval.${answer}`)}</strong> <Principal who={by} />, <Ago at={at} />
      {reason !== "" && (
        <>
          : <Foreign text={reason} />
        </>
      )}
    </p>
  ));
}
