import type { ReactNode } from "react";

import type { RunStatusName, Step } from "../rest/operations.ts";
import { useSay } from "../words/use-words.ts";

export type Status = RunStatusName | Step["status"];

/** How a status is coloured; its shape and its word say the same. */
export type Tone = "idle" | "active" | "wait" | "good" | "bad" | "undone";

const TONES: Readonly<Record<Status, Tone>> = {
  pending: "idle",
  ready: "idle",
  running: "active",
  retrying: "active",
  waiting: "wait",
  paused: "wait",
  rolling_back: "undone",
  completed: "good",
  failed: "bad",
  rolled_back: "undone",
  skipped: "idle",
};

const MOVING: ReadonlySet<Status> = new Set(["running", "retrying", "rolling_back"]);

export function toneOf(status: Status): Tone {
  return TONES[status];
}

/** A status as its shape alone; what stands beside it names it. */
export function Glyph({
  status,
  tone = TONES[status],
}: {
  readonly status: Status;
  readonly tone?: Tone;
}): ReactNode {
  return (
    <svg
      className={`glyph ${tone}${MOVING.has(status) ? " moving" : ""}`}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
    >
      {SHAPES[status]}
    </svg>
  );
}

export function StatusMark({ status }: { readonly status: Status }): ReactNode {
  const say = useSay();
  return (
    <span className={`status ${TONES[status]}`}>
      <Glyph status={status} />
      {say(`status.${status}`)}
    </span>
  );
}

const RING = <circle cx="8" cy="8" r="5.5" className="stroke" />;
const BACK = (
  <>
    <path d="M3.2 8.2a4.8 4.8 0 1 0 1.6-3.7" className="stroke" />
    <path d="M5 1.8v3h3" className="stroke" />
  </>
);

const SHAPES: Readonly<Record<Status, ReactNode>> = {
  pending: <circle cx="8" cy="8" r="5.5" className="stroke dashed" />,
  ready: RING,
  running: (
    <>
      <circle cx="8" cy="8" r="5.5" className="stroke faint" />
      <path d="M8 2.5a5.5 5.5 0 0 1 5.5 5.5" className="stroke" />
      <circle cx="8" cy="8" r="2" className="fill" />
    </>
  ),
  retrying: (
    <>
      <path d="M12.8 8.2a4.8 4.8 0 1 1-1.6-3.7" className="stroke" />
      <path d="M11 1.8v3H8" className="stroke" />
    </>
  ),
  waiting: (
    <>
      <path d="M8 1.8 14.2 8 8 14.2 1.8 8Z" className="fill" />
      <path d="M8 5v3.6M8 10.6v.6" className="stroke knock" />
    </>
  ),
  paused: <path d="M4 3h3v10H4zM9 3h3v10H9z" className="fill" />,
  rolling_back: BACK,
  completed: (
    <>
      <circle cx="8" cy="8" r="6.2" className="fill" />
      <path d="m5 8.2 2.1 2.1L11 6.2" className="stroke knock" />
    </>
  ),
  failed: (
    <>
      <path d="M5.2 1.8h5.6l3.4 3.4v5.6l-3.4 3.4H5.2l-3.4-3.4V5.2Z" className="fill" />
      <path d="m5.6 5.6 4.8 4.8M10.4 5.6l-4.8 4.8" className="stroke knock" />
    </>
  ),
  rolled_back: BACK,
  skipped: <path d="M3 8h10" className="stroke" />,
};
