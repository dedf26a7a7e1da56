import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { Heading, Section } from "../parts/section.tsx";
import { Empty, Load } from "../parts/states.tsx";
import { durationOf } from "../parts/time.tsx";
import type { Memory } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";
import { useSay } from "../words/use-words.ts";
import { Suggestions } from "./suggestions.tsx";

/** How capabilities have done, which follow each other, and what that speaks for. */
export function MemoryView(): ReactNode {
  const say = useSay();
  const asked = useRest<Memory>("memory", ["memory"]);
  return (
    <>
      <Heading title={say("memory.title")} />
      <Load of={asked}>
        {(memory) => (
          <>
            <p className="soft reading">{say("memory.lead", { runs: say.number(memory.runs) })}</p>
            <Suggestions memory={memory} />
            <Capabilities memory={memory} />
            <Patterns memory={memory} />
          </>
        )}
      </Load>
    </>
  );
}

function Capabilities({ memory: { capabilities } }: { readonly memory: Memory }): ReactNode {
  const say = useSay();
  if (capabilities.length === 0) return <Empty text={say("memory.empty")} />;
  return (
    <Section title={say("catalogue.capabilities")}>
      <div className="wide-table" tabIndex={0} role="group" aria-label={say("catalogue.capabilities")}>
        <table className="rows dense">
          <thead>
            <tr>
              <th scope="col">{say("memory.capability")}</th>
              <th scope="col">{say("memory.reliability")}</th>
              <th scope="col" className="number">
                {say("memory.calls")}
              </th>
              <th scope="col" className="number">
                {say("memory.retries")}
              </th>
              <th scope="col" className="number">
                {say("memory.rollbacks")}
              </th>
              <th scope="col" className="number">
                {say("memory.asked")}
              </th>
              <th scope="col" className="number">
                {say("memory.p50")}
              </th>
              <th scope="col" className="number">
                {say("memory.p95")}
              </th>
            </tr>
          </thead>
          <tbody>
            {capabilities.map((each) => (
              <tr key={`${each.capability}@${each.version}`}>
                <td>
                  <a className="mono" href={linkTo(["catalogue", "capabilities", each.capability])}>
                    {each.capability}
                  </a>
                </td>
                <td>
                  <Reliability share={each.reliability} />
                </td>
                <td className="number mono">{say.number(each.calls)}</td>
                <td className="number mono">{say.number(each.retries)}</td>
                <td className="number mono">{say.number(each.rollbacks)}</td>
                <td className="number mono">
                  {say.number(each.asked)} / {say.number(each.rejected)}
                </td>
                <td className="number mono">{each.p50_ms === null ? "–" : durationOf(each.p50_ms)}</td>
                <td className="number mono">{each.p95_ms === null ? "–" : durationOf(each.p95_ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

const WIDTH = 80;
const WEAK = 0.8;

function Reliability({ share }: { readonly share: number | null }): ReactNode {
  if (share === null) return <span className="soft">–</span>;
  return (
    <span className={`share ${share < WEAK ? "bad" : "good"}`}>
      <svg width={WIDTH} height="8" viewBox={`0 0 ${WIDTH} 8`} aria-hidden="true">
        <rect width={WIDTH} height="8" className="ground" />
        <rect width={share * WIDTH} height="8" className="fill" />
      </svg>
      <span className="mono">{Math.round(share * 100)} %</span>
    </span>
  );
}

function Patterns({ memory: { patterns } }: { readonly memory: Memory }): ReactNode {
  const say = useSay();
  return (
    <Section title={say("memory.patterns")}>
      {patterns.length === 0 ? (
        <Empty text={say("memory.patterns.none")} />
      ) : (
        <ul className="held">
          {patterns.map(({ capabilities, support, confidence }) => (
            <li key={capabilities.join(">")}>
              <code>{capabilities.join(" → ")}</code>
              <span className="soft">
                {say.count("memory.support", support)}, {Math.round(confidence * 100)} %
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
