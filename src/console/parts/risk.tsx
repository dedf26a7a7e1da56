import type { ReactNode } from "react";

import type { Risk } from "../rest/operations.ts";
import { useSay } from "../words/use-words.ts";
import type { Tone } from "./glyph.tsx";

const LEVELS: readonly Risk[] = ["LOW", "MEDIUM", "HIGH", "CRITICAL"];
const TONES: Readonly<Record<Risk, Tone>> = { LOW: "idle", MEDIUM: "idle", HIGH: "wait", CRITICAL: "bad" };

/** A risk as bars of a scale, with its word. */
export function RiskMark({ risk }: { readonly risk: Risk }): ReactNode {
  const say = useSay();
  const level = LEVELS.indexOf(risk);
  return (
    <span className={`status ${TONES[risk]}`}>
      <svg className="glyph" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        {LEVELS.map((each, index) => (
          <rect
            key={each}
            x={1 + index * 3.8}
            y={11 - index * 2.8}
            width="2.6"
            height={3 + index * 2.8}
            className={index <= level ? "fill" : "stroke faint thin"}
          />
        ))}
      </svg>
      {say(`risk.${risk}`)}
    </span>
  );
}
