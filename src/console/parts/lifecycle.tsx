import type { ReactNode } from "react";

import type { Proposal, Subject } from "../rest/operations.ts";
import { useSay } from "../words/use-words.ts";
import { Glyph, type Status, type Tone } from "./glyph.tsx";

type State = Subject["state"] | Proposal["status"];

const LOOKS: Readonly<Record<State, readonly [Tone, Status]>> = {
  PROPOSED: ["idle", "pending"],
  PENDING_REVIEW: ["wait", "waiting"],
  APPROVED: ["active", "ready"],
  REJECTED: ["bad", "failed"],
  ACTIVE: ["good", "completed"],
  FROZEN: ["wait", "paused"],
  DEPRECATED: ["idle", "skipped"],
};

/** Where something stands in its life. */
export function LifecycleMark({ state }: { readonly state: State }): ReactNode {
  const say = useSay();
  const [tone, shape] = LOOKS[state];
  return (
    <span className={`status ${tone}`}>
      <Glyph status={shape} tone={tone} />
      {say(`lifecycle.${state}`)}
    </span>
  );
}
