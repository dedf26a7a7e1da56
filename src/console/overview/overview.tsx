import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { Heading, Section } from "../parts/section.tsx";
import { Empty, Load } from "../parts/states.tsx";
import type { Approvals, RunList } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { RunTable } from "../runs/run-table.tsx";
import { type Say, useSay } from "../words/use-words.ts";
import { Health } from "./health.tsx";
import { LiveRun } from "./live-run.tsx";
import { Tape } from "./tape.tsx";
import { WaitingList } from "./waiting-list.tsx";

const LATEST = 10;
const TAPE = 96;
// Each of them is asked for whenever it goes on.
const STRIPS = 12;

/** What somebody has to know who has just sat down: in one sentence, then in lists. */
export function Overview(): ReactNode {
  const say = useSay();
  const open = useRest<RunList>("runs", ["runs"], { open: true, limit: 100 });
  const asks = useRest<Approvals>("approvals", ["approvals"]);
  const latest = useRest<RunList>("runs", ["runs"], { limit: TAPE });
  const waiting = asks.data?.approvals ?? [];
  const askers = new Set(waiting.map(({ run }) => run));
  const live = open.data?.runs.filter(({ run }) => !askers.has(run)) ?? [];
  const isKnown = open.data !== undefined && asks.data !== undefined;
  return (
    <>
      <Heading
        title={say("overview.title")}
        text={isKnown ? leadOf(say, live.length, waiting.length) : say("overview.title")}
      />
      <Health />
      {waiting.length > 0 && (
        <Section title={say("overview.waiting")}>
          <WaitingList approvals={waiting} />
        </Section>
      )}
      {live.length > 0 && (
        <Section
          title={say("overview.underway")}
          aside={<a href={linkTo(["runs"], { status: "open" })}>{say("runs.filter.open")}</a>}
        >
          <ul className="strips">
            {live.slice(0, STRIPS).map((run) => (
              <LiveRun key={run.run} summary={run} />
            ))}
          </ul>
        </Section>
      )}
      <Section title={say("overview.latest")} aside={<a href={linkTo(["runs"])}>{say("overview.all")}</a>}>
        <Load of={latest}>
          {({ runs }) =>
            runs.length === 0 ? (
              <Empty text={say("runs.empty")} hint={say("runs.empty.hint")} />
            ) : (
              <>
                <Tape runs={runs} length={TAPE} />
                <RunTable runs={runs.slice(0, LATEST)} />
              </>
            )
          }
        </Load>
      </Section>
    </>
  );
}

function leadOf(say: Say, live: number, asks: number): string {
  if (live === 0 && asks === 0) return say("overview.calm");
  const a = say.count("overview.live", live);
  const b = say.count("overview.asks", asks);
  if (asks === 0) return say("overview.only", { a });
  return live === 0 ? say("overview.only", { a: b }) : say("overview.and", { a, b });
}
