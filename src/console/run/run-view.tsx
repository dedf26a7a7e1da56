import { type ReactNode, useState } from "react";

import { visible } from "../../contract/visible.ts";
import { linkTo } from "../address.ts";
import { StepGraph } from "../graph/step-graph.tsx";
import { StatusMark } from "../parts/glyph.tsx";
import { Facts, Heading, Section } from "../parts/section.tsx";
import { Load } from "../parts/states.tsx";
import { Foreign, Short, Values } from "../parts/text.tsx";
import { Clock, Took } from "../parts/time.tsx";
import type { Run } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";
import { Changes } from "./changes.tsx";
import { Orders } from "./orders.tsx";
import { Outcome } from "./outcome.tsx";
import { StepDetail } from "./step-detail.tsx";
import { Timeline } from "./timeline.tsx";

/** One run as it goes: its steps, what it changed, what the ledger has of it, and the orders that it takes. */
export function RunView({ run }: { readonly run: string }): ReactNode {
  const say = useSay();
  const asked = useRest<Run>("run", ["runs", run]);
  return (
    <>
      <p className="trail">
        <a href={linkTo(["runs"])}>{say("run.back")}</a>
      </p>
      <Load of={asked}>{(shown) => <Shown run={shown} />}</Load>
    </>
  );
}

function Shown({ run }: { readonly run: Run }): ReactNode {
  const say = useSay();
  const [chosen, setChosen] = useState<string | null>(null);
  const step = run.steps.find((each) => each.step === chosen);
  return (
    <>
      <Heading title={visible(run.name)}>
        <StatusMark status={run.status} />
        <Orders run={run} />
      </Heading>
      <Facts
        facts={[
          [say("runs.run"), <Short key="run" id={run.run} length={36} />],
          [say("overview.version"), <Foreign key="version" text={run.version} />],
          [say("run.started"), <Clock key="started" at={run.startedAt} />],
          [
            say(run.endedAt === null ? "run.sofar" : "run.took"),
            <Took key="took" from={run.startedAt} to={run.endedAt} />,
          ],
          [say("run.undoable"), say.count("run.undoable", run.undoable)],
        ]}
      />
      <Outcome run={run} />
      <div className="columns">
        <div>
          <Section title={say("run.steps")}>
            <StepGraph steps={run.steps} chosen={chosen} onChoose={setChosen} />
            {step === undefined ? (
              <p className="soft">{say("run.step.pick")}</p>
            ) : (
              <StepDetail run={run} step={step} />
            )}
          </Section>
          <Changes run={run.run} />
          <Section title={say("run.inputs")}>
            <Values values={run.inputs} label={say("run.inputs")} />
          </Section>
        </div>
        <Timeline run={run.run} since={run.startedAt} />
      </div>
    </>
  );
}
