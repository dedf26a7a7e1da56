import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { LifecycleMark } from "../parts/lifecycle.tsx";
import { ReasonedOrder } from "../parts/reasoned-order.tsx";
import { Facts } from "../parts/section.tsx";
import { Load } from "../parts/states.tsx";
import { Foreign, Short } from "../parts/text.tsx";
import { Ago } from "../parts/time.tsx";
import type { Subject } from "../rest/operations.ts";
import { useMay } from "../rest/use-may.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";

type Kind = "facades" | "packs";

/** A pack or facade with what its approval holds it to, and the orders that it takes. */
export function SubjectDetail({
  kind,
  name,
  version,
}: {
  readonly kind: Kind;
  readonly name: string;
  readonly version: string;
}): ReactNode {
  const asked = useRest<Subject>("chain", [kind, name, version]);
  return <Load of={asked}>{(subject) => <Shown kind={kind} subject={subject} />}</Load>;
}

function Shown({ kind, subject }: { readonly kind: Kind; readonly subject: Subject }): ReactNode {
  const say = useSay();
  const {
    name,
    version,
    description,
    state,
    suspension,
    since,
    locks,
    workflows,
    packs,
    principals,
    proposals,
  } = subject;
  return (
    <article className="document">
      <header>
        <h2>
          <Foreign text={name} /> <span className="soft">{version}</span>
        </h2>
        <LifecycleMark state={state} />
      </header>
      <p>
        <Foreign text={description} />
      </p>
      {suspension !== null && (
        <p className="note bad">
          <strong>{say("catalogue.suspended")}</strong> {suspension.cause}:{" "}
          <Foreign text={suspension.detail} />
        </p>
      )}
      <Facts facts={[[say("catalogue.since"), since === null ? "–" : <Ago key="since" at={since} />]]} />
      <Held
        title={say("catalogue.locks")}
        items={locks.map(({ capability, version: locked, specHash }) => ({
          name: `${capability} ${locked}`,
          digest: specHash,
          link: linkTo(["catalogue", "capabilities", capability]),
        }))}
      />
      <Held
        title={say("catalogue.workflows")}
        items={workflows.map(({ workflow, specHash }) => ({
          name: workflow,
          digest: specHash,
          link: linkTo(["start", "workflows", workflow]),
        }))}
      />
      <Held
        title={say("catalogue.leads")}
        items={packs.map(({ pack, version: locked, specHash }) => ({
          name: `${pack} ${locked}`,
          digest: specHash,
          link: linkTo(["catalogue", "packs", pack, locked]),
        }))}
      />
      {principals !== null && (
        <>
          <h3>{say("catalogue.for")}</h3>
          <p>{principals.join(", ")}</p>
        </>
      )}
      {proposals.length > 0 && (
        <p>
          {say("catalogue.from")}:{" "}
          {proposals.map(({ id }) => (
            <a key={id} className="path" href={linkTo(["catalogue", "proposals", id])}>
              {id.slice(0, 13)}
            </a>
          ))}
        </p>
      )}
      <Orders kind={kind} subject={subject} />
    </article>
  );
}

function Held({
  title,
  items,
}: {
  readonly title: string;
  readonly items: readonly { readonly name: string; readonly digest: string; readonly link: string }[];
}): ReactNode {
  if (items.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul className="held">
        {items.map(({ name, digest, link }) => (
          <li key={name}>
            <a className="mono" href={link}>
              {name}
            </a>
            <Short id={digest} length={16} />
          </li>
        ))}
      </ul>
    </>
  );
}

const ORDERS = ["activate", "freeze", "deprecate", "reinstate"] as const;

function Orders({ kind, subject }: { readonly kind: Kind; readonly subject: Subject }): ReactNode {
  const say = useSay();
  const may = useMay();
  const offered = ORDERS.filter((order) => isOffered(order, subject)).filter((order) =>
    may(order === "reinstate" ? "admin" : "operator"),
  );
  return (
    <div className="buttons start">
      {offered.map((order) => (
        <ReasonedOrder
          key={order}
          label={say(`lifecycle.${order}`)}
          lead={say(`lifecycle.${order}.lead`)}
          path={[kind, subject.name, subject.version, order]}
          topics={["chain"]}
          isDangerous={order === "deprecate"}
        />
      ))}
    </div>
  );
}

function isOffered(order: (typeof ORDERS)[number], { state, suspension, proposals }: Subject): boolean {
  switch (order) {
    case "activate":
      return (
        state === "FROZEN" || (state === "PROPOSED" && proposals.some(({ status }) => status === "APPROVED"))
      );
    case "freeze":
      return state === "ACTIVE";
    case "deprecate":
      return state === "ACTIVE" || state === "FROZEN";
    case "reinstate":
      return suspension !== null;
    default:
      return order satisfies never;
  }
}
