import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { Heading } from "../parts/section.tsx";
import { useSay } from "../words/use-words.ts";
import { CapabilityDetail } from "./capability-detail.tsx";
import { CapabilityList, ProposalList, SubjectList } from "./lists.tsx";
import { ProposalDetail } from "./proposal-detail.tsx";
import { SubjectDetail } from "./subject-detail.tsx";

const KINDS = ["facades", "packs", "capabilities", "proposals"] as const;
type Kind = (typeof KINDS)[number];

/** What can be asked for, what it is held to, and what is proposed. */
export function CatalogueView({ path }: { readonly path: readonly string[] }): ReactNode {
  const say = useSay();
  const [given, first, second] = path;
  const kind: Kind = KINDS.find((each) => each === given) ?? "facades";
  return (
    <>
      <Heading title={say("catalogue.title")} />
      <nav className="filters" aria-label={say("catalogue.title")}>
        {KINDS.map((each) => (
          <a key={each} href={linkTo(["catalogue", each])} aria-current={each === kind ? "page" : undefined}>
            {say(`catalogue.${each}`)}
          </a>
        ))}
      </nav>
      <div className="pick">
        <List kind={kind} first={first} second={second} />
        {first === undefined ? (
          <p className="soft">{say("catalogue.choose")}</p>
        ) : (
          <Detail key={path.join("/")} kind={kind} first={first} second={second ?? ""} />
        )}
      </div>
    </>
  );
}

function List({
  kind,
  first,
  second,
}: {
  readonly kind: Kind;
  readonly first: string | undefined;
  readonly second: string | undefined;
}): ReactNode {
  switch (kind) {
    case "facades":
    case "packs":
      return <SubjectList key={kind} kind={kind} name={first} version={second} />;
    case "capabilities":
      return <CapabilityList chosen={first} />;
    case "proposals":
      return <ProposalList chosen={first} />;
    default:
      return kind satisfies never;
  }
}

function Detail({
  kind,
  first,
  second,
}: {
  readonly kind: Kind;
  readonly first: string;
  readonly second: string;
}): ReactNode {
  switch (kind) {
    case "facades":
    case "packs":
      return <SubjectDetail kind={kind} name={first} version={second} />;
    case "capabilities":
      return <CapabilityDetail id={first} />;
    case "proposals":
      return <ProposalDetail id={first} />;
    default:
      return kind satisfies never;
  }
}
