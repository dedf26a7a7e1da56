import { type ReactNode, useState } from "react";

import { Facts, Heading, Section } from "../parts/section.tsx";
import { Load } from "../parts/states.tsx";
import { Foreign, foreignLines, Short } from "../parts/text.tsx";
import type { PolicyInForce, PolicySet } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";
import { AskConstitution } from "./ask-constitution.tsx";
import { WhatIf } from "./what-if.tsx";

/** The constitution that decides now, and what it, or another one, would say. */
export function PoliciesView(): ReactNode {
  const say = useSay();
  const asked = useRest<PolicyInForce>("policies", ["policies", "active"]);
  return (
    <>
      <Heading title={say("policies.title")} />
      <Load of={asked}>
        {({ digest, set }) => (
          <>
            <Facts
              facts={[
                [say("policies.inforce"), <Foreign key="name" text={`${set.name} ${set.version}`} />],
                [say("policies.mode"), set.mode],
                [say("policies.digest"), <Short key="digest" id={digest} length={24} />],
              ]}
            />
            <AskConstitution />
            <WhatIf key={digest} set={set} />
            <Rules set={set} />
          </>
        )}
      </Load>
    </>
  );
}

function Rules({ set: { policies } }: { readonly set: PolicySet }): ReactNode {
  const say = useSay();
  const [wanted, setWanted] = useState("");
  const all = Object.entries(policies);
  const found = all.filter(([id, text]) => `${id}\n${text}`.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <Section
      title={say.count("policies.rules", all.length)}
      aside={
        <input
          type="search"
          className="filter"
          aria-label={say("policies.find")}
          placeholder={say("policies.find")}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      }
    >
      {found.map(([id, text]) => (
        <details key={id} className="change">
          <summary>
            <code>{id}</code> <span className="soft">{/\b(permit|forbid)\b/.exec(text)?.[0]}</span>
          </summary>
          <pre className="values" tabIndex={0} role="group" aria-label={id}>
            {foreignLines(text)}
          </pre>
        </details>
      ))}
    </Section>
  );
}
