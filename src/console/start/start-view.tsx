import { type ReactNode, useState } from "react";

import { linkTo } from "../address.ts";
import { Heading } from "../parts/section.tsx";
import { Empty, Load } from "../parts/states.tsx";
import { Foreign } from "../parts/text.tsx";
import type { Offers, WorkflowFiles } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";
import { Prepare } from "./prepare.tsx";

const KINDS = ["facades", "workflows", "capabilities"] as const;
type Kind = (typeof KINDS)[number];
export type Startable = { readonly kind: Kind; readonly name: string; readonly description: string };

/** What may be asked for at this moment, and the form to ask for it. */
export function StartView({
  kind,
  name,
}: {
  readonly kind: string | undefined;
  readonly name: string | undefined;
}): ReactNode {
  const say = useSay();
  const [wanted, setWanted] = useState("");
  const offers = useRest<Offers>("chain", ["offers"]);
  const workflows = useRest<WorkflowFiles>("chain", ["workflow-files"]);
  const startables = listOf(offers.data, workflows.data);
  const found = startables.filter((each) => isMeant(each, wanted));
  const chosen = startables.find((each) => each.kind === kind && each.name === name);
  return (
    <>
      <Heading title={say("start.title")} />
      <Load of={offers}>
        {({ offers: list }) =>
          startables.length === 0 ? (
            <Empty text={say("start.empty")} hint={say("start.empty.hint")} />
          ) : (
            <div className="pick">
              <div>
                <label className="field find">
                  <span className="unseen">{say("start.find")}</span>
                  <input
                    type="search"
                    placeholder={say("start.find")}
                    value={wanted}
                    onChange={(event) => setWanted(event.target.value)}
                  />
                </label>
                {found.length === 0 && <Empty text={say("start.none")} />}
                {KINDS.map((each) => (
                  <Group key={each} kind={each} startables={found} chosen={chosen} />
                ))}
              </div>
              {chosen === undefined ? (
                <p className="soft">{say("start.choose")}</p>
              ) : (
                <Prepare
                  key={`${chosen.kind}/${chosen.name}`}
                  startable={chosen}
                  offer={list.find((each) => each.name === chosen.name)}
                />
              )}
            </div>
          )
        }
      </Load>
    </>
  );
}

function Group({
  kind,
  startables,
  chosen,
}: {
  readonly kind: Kind;
  readonly startables: readonly Startable[];
  readonly chosen: Startable | undefined;
}): ReactNode {
  const say = useSay();
  const own = startables.filter((each) => each.kind === kind);
  if (own.length === 0) return null;
  return (
    <section>
      <h2 className="group">{say(`start.${kind}`)}</h2>
      <ul className="list">
        {own.map(({ name, description }) => (
          <li key={name}>
            <a
              href={linkTo(["start", kind, name])}
              aria-current={chosen?.kind === kind && chosen.name === name ? "true" : undefined}
            >
              <strong className="mono">
                <Foreign text={name} />
              </strong>
              <span className="soft line">
                <Foreign text={description} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function listOf(offers: Offers | undefined, workflows: WorkflowFiles | undefined): Startable[] {
  const offered = (offers?.offers ?? []).map(({ kind, name, description }) => ({
    kind: kind === "facade" ? ("facades" as const) : ("capabilities" as const),
    name,
    description,
  }));
  const named = (workflows?.workflows ?? []).map(({ name, description }) => ({
    kind: "workflows" as const,
    name,
    description,
  }));
  return [...offered, ...named];
}

function isMeant({ name, description }: Startable, wanted: string): boolean {
  const text = `${name} ${description}`.toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
