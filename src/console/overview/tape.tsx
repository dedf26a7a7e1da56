import type { ReactNode } from "react";

import { visible } from "../../contract/visible.ts";
import { goTo } from "../address.ts";
import { toneOf } from "../parts/glyph.tsx";
import { durationOf } from "../parts/time.tsx";
import type { RunSummary } from "../rest/operations.ts";
import { useSay } from "../words/use-words.ts";

const HEIGHT = 44;
const PITCH = 10;
const LEAST = 5;

/**
 * The last runs as marks on a tape: as tall as they took long, by orders of magnitude, with a cap that says how they
 * ended. A picture for the eye; the list beneath has the same as links.
 */
export function Tape({
  runs,
  length,
}: {
  readonly runs: readonly RunSummary[];
  readonly length: number;
}): ReactNode {
  const say = useSay();
  const width = length * PITCH;
  const first = length - runs.length;
  return (
    <svg
      className="tape"
      viewBox={`0 0 ${width} ${HEIGHT}`}
      role="img"
      aria-label={say("overview.tape", { n: runs.length })}
    >
      <path d={`M0 ${HEIGHT - 0.5}H${width}`} className="base" />
      {runs.toReversed().map((run, index) => {
        const ms = run.endedAt === null ? 1 : Date.parse(run.endedAt) - Date.parse(run.startedAt);
        const height = heightOf(ms);
        const x = (first + index) * PITCH;
        return (
          <g
            key={run.run}
            className={`${toneOf(run.status)} ${run.status}`}
            onClick={() => goTo(["runs", run.run])}
          >
            <title>{`${visible(run.name)}, ${say(`status.${run.status}`)}${run.endedAt === null ? "" : `, ${durationOf(ms)}`}`}</title>
            <rect x={x} y="0" width={PITCH} height={HEIGHT} className="catch" />
            <rect x={x + 2.5} y={HEIGHT - height} width="5" height={height} className="body" />
            <Cap x={x + 5} y={HEIGHT - height} status={run.status} />
          </g>
        );
      })}
    </svg>
  );
}

/** How it ended, so that it need not be told by the colour. */
function Cap({
  x,
  y,
  status,
}: {
  readonly x: number;
  readonly y: number;
  readonly status: RunSummary["status"];
}): ReactNode {
  if (status === "failed") return <path d={`M${x - 3.5} ${y - 4}l7 7m0-7-7 7`} className="stroke" />;
  if (status === "rolled_back") return <circle cx={x} cy={y} r="3" className="ring" />;
  if (status === "paused") return <path d={`M${x} ${y - 4}l4 4-4 4-4-4Z`} className="fill" />;
  return null;
}

/** From a millisecond to some minutes. */
function heightOf(ms: number): number {
  return LEAST + Math.min(HEIGHT - LEAST - 6, Math.log10(Math.max(1, ms)) * 6);
}
