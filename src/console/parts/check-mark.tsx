import type { ReactNode } from "react";

import { Glyph } from "./glyph.tsx";

/** Whether something that was checked holds. */
export function CheckMark({ isGood }: { readonly isGood: boolean }): ReactNode {
  return (
    <>
      <Glyph status={isGood ? "completed" : "failed"} />
      <span className="unseen">{isGood ? "✓" : "✗"}</span>
    </>
  );
}
