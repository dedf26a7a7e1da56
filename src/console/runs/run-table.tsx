import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { StatusMark } from "../parts/glyph.tsx";
import { Foreign, Short } from "../parts/text.tsx";
import { Ago, Took } from "../parts/time.tsx";
import type { RunSummary } from "../rest/operations.ts";
import { useSay } from "../words/use-words.ts";

export function RunTable({ runs }: { readonly runs: readonly RunSummary[] }): ReactNode {
  const say = useSay();
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">{say("runs.filter")}</th>
          <th scope="col">{say("runs.name")}</th>
          <th scope="col" className="wide">
            {say("runs.run")}
          </th>
          <th scope="col">{say("runs.started")}</th>
          <th scope="col" className="number">
            {say("runs.took")}
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.run}>
            <td>
              <StatusMark status={run.status} />
            </td>
            <td className="main">
              <a href={linkTo(["runs", run.run])}>
                <Foreign text={run.name} />
              </a>
              {run.reason !== null && (
                <p className="soft line">
                  <Foreign text={run.reason} />
                </p>
              )}
            </td>
            <td className="wide">
              <Short id={run.run} length={13} />
            </td>
            <td>
              <Ago at={run.startedAt} />
            </td>
            <td className="number">
              <Took from={run.startedAt} to={run.endedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
