import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { Glyph } from "../parts/glyph.tsx";
import { Facts, Heading, Section } from "../parts/section.tsx";
import { Empty, Load } from "../parts/states.tsx";
import { Foreign, Short } from "../parts/text.tsx";
import { Ago, durationOf } from "../parts/time.tsx";
import type { Approvals, Head, Healthy, RunList } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { RunTable } from "../runs/run-table.tsx";
import { useSay } from "../words/use-words.ts";
import { LiveRun } from "./live-run.tsx";
import { Tape } from "./tape.tsx";

const LATEST = 8;
const TAPE = 60;

/** What somebody has to know who has just sat down. */
export function Overview(): ReactNode {
  const say = useSay();
  const open = useRest<RunList>("runs", ["runs"], { open: true, limit: 100 });
  const asks = useRest<Approvals>("approvals", ["approvals"]);
  const latest = useRest<RunList>("runs", ["runs"], { limit: TAPE });
  const waiting = asks.data?.approvals ?? [];
  const askers = new Set(waiting.map(({ run }) => run));
  const live = open.data?.runs.filter(({ run }) => !askers.has(run)) ?? [];
  return (
    <>
      <Heading title={say("overview.title")} />
      {open.data !== undefined && asks.data !== undefined && (
        <p className="lead">{leadOf(say, live.length, waiting.length)}</p>
      )}
      <Section title={say("overview.waiting")}>
        <Load of={asks}>
          {({ approvals }) =>
            approvals.length === 0 ? (
              <Empty text={say("overview.noasks")} />
            ) : (
              <ul className="strips">
                {approvals.map(({ run, step, name, text }) => (
                  <li key={`${run}/${step}`} className="strip wait">
                    <a href={linkTo(["approvals"], { run })}>
                      <Glyph status="waiting" />
                      <span className="name">
                        <Foreign text={name} />
                      </span>
                      <span className="soft line">
                        <Foreign text={text.split("\n", 1)[0] ?? ""} />
                      </span>
                    </a>
                  </li>
                ))}
              </ul>
            )
          }
        </Load>
      </Section>
      <Section title={say("overview.underway")}>
        <Load of={open}>
          {() =>
            live.length === 0 ? (
              <Empty text={say("overview.idle")} />
            ) : (
              <ul className="strips">
                {live.map((run) => (
                  <LiveRun key={run.run} summary={run} />
                ))}
              </ul>
            )
          }
        </Load>
      </Section>
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
      <Health />
    </>
  );
}

function leadOf(say: ReturnType<typeof useSay>, live: number, asks: number): string {
  if (live === 0 && asks === 0) return say("overview.calm");
  const a = say.count("overview.live", live);
  const b = say.count("overview.asks", asks);
  if (asks === 0) return say("overview.only", { a });
  return live === 0 ? say("overview.only", { a: b }) : say("overview.and", { a, b });
}

const HEALTH_MS = 15_000;

function Health(): ReactNode {
  const say = useSay();
  const health = useRest<Healthy>("service", ["health"], {}, { everyMs: HEALTH_MS });
  const ledger = useRest<Head>("ledger", ["ledger"]);
  return (
    <Section title={say("overview.health")}>
      <Load of={health}>
        {({ uptime_seconds, last_health_check }) => (
          <Facts
            facts={[
              [
                say("overview.health"),
                <span key="good">
                  {say("overview.health.good")} <Ago at={last_health_check} />
                </span>,
              ],
              [
                say("overview.health.uptime"),
                <span key="up" className="mono">
                  {durationOf(uptime_seconds * 1000)}
                </span>,
              ],
              [
                say("overview.health.entries"),
                <span key="entries" className="mono">
                  {ledger.data?.entries}
                </span>,
              ],
              [say("overview.health.head"), <Short key="head" id={ledger.data?.head ?? ""} length={16} />],
            ]}
          />
        )}
      </Load>
    </Section>
  );
}
