import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { LifecycleMark } from "../parts/lifecycle.tsx";
import { RiskMark } from "../parts/risk.tsx";
import { Empty, Load } from "../parts/states.tsx";
import { Foreign } from "../parts/text.tsx";
import type { Capabilities, Proposals, Subjects } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";

// The home ledger has the chain, whose entries are not streamed.
const POLL = { everyMs: 10_000 };

export function SubjectList({
  kind,
  name,
  version,
}: {
  readonly kind: "facades" | "packs";
  readonly name: string | undefined;
  readonly version: string | undefined;
}): ReactNode {
  const say = useSay();
  const asked = useRest<Subjects>("chain", [kind], {}, POLL);
  return (
    <Load of={asked}>
      {({ subjects }) =>
        subjects.length === 0 ? (
          <Empty text={say("catalogue.empty")} />
        ) : (
          <ul className="list">
            {subjects.map((subject) => (
              <Item
                key={`${subject.name}@${subject.version}`}
                link={linkTo(["catalogue", kind, subject.name, subject.version])}
                isChosen={subject.name === name && subject.version === version}
                title={`${subject.name} ${subject.version}`}
                text={subject.suspended ?? subject.description}
              >
                <LifecycleMark state={subject.state} />
                {subject.suspended !== null && (
                  <strong className="trouble">{say("catalogue.suspended")}</strong>
                )}
              </Item>
            ))}
          </ul>
        )
      }
    </Load>
  );
}

export function CapabilityList({ chosen }: { readonly chosen: string | undefined }): ReactNode {
  const asked = useRest<Capabilities>("chain", ["capabilities"]);
  return (
    <Load of={asked}>
      {({ capabilities }) => (
        <ul className="list">
          {capabilities.map(({ id, description, risk, undo }) => (
            <Item
              key={id}
              link={linkTo(["catalogue", "capabilities", id])}
              isChosen={id === chosen}
              title={id}
              text={description}
            >
              <RiskMark risk={risk} />
              <span className="soft">{undo}</span>
            </Item>
          ))}
        </ul>
      )}
    </Load>
  );
}

export function ProposalList({ chosen }: { readonly chosen: string | undefined }): ReactNode {
  const say = useSay();
  const asked = useRest<Proposals>("chain", ["proposals"], {}, POLL);
  return (
    <Load of={asked}>
      {({ proposals }) =>
        proposals.length === 0 ? (
          <Empty text={say("catalogue.empty.proposals")} hint={say("catalogue.empty.hint")} />
        ) : (
          <ul className="list">
            {proposals.map(({ id, kind, name, version, status, risk, justification }) => (
              <Item
                key={id}
                link={linkTo(["catalogue", "proposals", id])}
                isChosen={id === chosen}
                title={`${kind} ${name} ${version}`}
                text={justification}
              >
                <LifecycleMark state={status} />
                <RiskMark risk={risk} />
              </Item>
            ))}
          </ul>
        )
      }
    </Load>
  );
}

function Item({
  link,
  isChosen,
  title,
  text,
  children,
}: {
  readonly link: string;
  readonly isChosen: boolean;
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <li>
      <a href={link} aria-current={isChosen ? "true" : undefined}>
        <strong className="mono">
          <Foreign text={title} />
        </strong>
        <span className="soft line">
          <Foreign text={text} />
        </span>
        <span className="between">{children}</span>
      </a>
    </li>
  );
}
