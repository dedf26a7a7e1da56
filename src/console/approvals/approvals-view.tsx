import { type ReactNode, useState } from "react";

import { linkTo, useAddress } from "../address.ts";
import { Heading } from "../parts/section.tsx";
import { Empty, Load } from "../parts/states.tsx";
import { Foreign } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import { RiskMark } from "../parts/risk.tsx";
import type { Approvals } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";
import { Consent } from "./consent.tsx";

const FILTERS = ["waiting", "decided"] as const;

/** What waits for a human beside what it asks, whole. */
export function ApprovalsView({ chosen }: { readonly chosen: string | undefined }): ReactNode {
  const say = useSay();
  const [filter, setFilter] = useState<(typeof FILTERS)[number]>("waiting");
  const run = useAddress().query.get("run") ?? undefined;
  const asked = useRest<Approvals>("approvals", ["approvals"], { state: filter, run });
  const [kept, setKept] = useState<string>();
  // The newest comes first; what somebody reads, and writes a reason for, stays until it is answered.
  const first = asked.data?.approvals.find(({ id }) => id === kept) ?? asked.data?.approvals[0];
  if (first?.id !== kept) setKept(first?.id);
  const shown = chosen ?? first?.id;
  return (
    <>
      <Heading title={say("approvals.title")} />
      <fieldset className="filters">
        <legend className="unseen">{say("runs.filter")}</legend>
        {FILTERS.map((each) => (
          <label key={each}>
            <input type="radio" name="state" checked={filter === each} onChange={() => setFilter(each)} />
            <span>{say(`approvals.${each}`)}</span>
          </label>
        ))}
      </fieldset>
      <Load of={asked}>
        {({ approvals }) =>
          approvals.length === 0 && chosen === undefined ? (
            filter === "waiting" ? (
              <Empty text={say("approvals.none")} hint={say("approvals.none.hint")} />
            ) : (
              <Empty text={say("approvals.none.decided")} />
            )
          ) : (
            <div className="pick">
              <ul className="list">
                {approvals.map(({ id, name, step, risk, requestedAt, state }) => (
                  <li key={id}>
                    <a href={linkTo(["approvals", id])} aria-current={id === shown ? "true" : undefined}>
                      <strong>
                        <Foreign text={name} />
                      </strong>
                      <span className="soft">
                        <Foreign text={step} />
                      </span>
                      <span className="between">
                        {state === "open" ? <RiskMark risk={risk} /> : say(`approval.${state}`)}
                        <Ago at={requestedAt} />
                      </span>
                    </a>
                  </li>
                ))}
              </ul>
              {shown === undefined ? <p>{say("approvals.choose")}</p> : <Consent key={shown} id={shown} />}
            </div>
          )
        }
      </Load>
    </>
  );
}
