import type { ReactNode } from "react";

import { linkTo } from "../address.ts";
import { StatusMark, toneOf } from "../parts/glyph.tsx";
import { Foreign } from "../parts/text.tsx";
import { Took } from "../parts/time.tsx";
import type { Run, RunSummary } from "../rest/operations.ts";
import { useRest } from "../rest/use-rest.ts";

// More of them are a bar, not marks.
const MOST_MARKS = 40;

/** A run that is under way as one strip: how far its steps are, and what it does now. */
export function LiveRun({ summary }: { readonly summary: RunSummary }): ReactNode {
  const { data } = useRest<Run>("run", ["runs", summary.run]);
  const steps = data?.steps ?? [];
  const now = steps.filter(
    ({ status }) => status === "running" || status === "retrying" || status === "waiting",
  );
  return (
    <li className={`strip ${toneOf(summary.status)}`}>
      <a href={linkTo(["runs", summary.run])}>
        <StatusMark status={summary.status} />
        <span className="name">
          <Foreign text={summary.name} />
        </span>
        <span className="marks" aria-hidden="true">
          {steps.slice(0, MOST_MARKS).map(({ step, status }) => (
            <i key={step} className={`${toneOf(status)} ${status}`} />
          ))}
        </span>
        <span className="soft line">
          <Foreign text={now.map(({ step }) => step).join(", ")} />
        </span>
        <Took from={summary.startedAt} to={null} />
      </a>
    </li>
  );
}
