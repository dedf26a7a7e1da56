import type { ReactNode } from "react";

import { Glyph, type Status, type Tone } from "../parts/glyph.tsx";
import { useSay } from "../words/use-words.ts";

const LOOKS = {
  allow: ["good", "completed"],
  modify: ["good", "completed"],
  step_up: ["wait", "waiting"],
  defer: ["wait", "paused"],
  deny: ["bad", "failed"],
} as const satisfies Readonly<Record<string, readonly [Tone, Status]>>;

/** How the constitution decided. */
export function OutcomeMark({ outcome }: { readonly outcome: string }): ReactNode {
  const say = useSay();
  if (!isKnown(outcome)) return <code>{outcome}</code>;
  const [tone, shape] = LOOKS[outcome];
  return (
    <span className={`status ${tone}`}>
      <Glyph status={shape} tone={tone} />
      {say(`outcome.${outcome}`)}
    </span>
  );
}

function isKnown(outcome: string): outcome is keyof typeof LOOKS {
  return Object.hasOwn(LOOKS, outcome);
}
