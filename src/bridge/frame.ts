import { randomUUID } from "node:crypto";

import type { Correlation } from "../contract/correlation.ts";
import { type Environment, localPrincipal } from "../kernel/home.ts";

/** What a record says beside what the run says: who asked, and when. */
export type Frame = {
  readonly id: string;
  readonly correlation: Correlation;
  readonly userId: string;
  readonly startTime: string;
  readonly endTime: string;
};

/** Of a record that is made now, about a call that began at `startTime`. */
export function frameOf(correlation: Correlation, env: Environment, startTime: string): Frame {
  return {
    id: randomUUID().replaceAll("-", ""),
    correlation,
    userId: correlation.userId ?? (localPrincipal("bridge", env).human || "unknown"),
    startTime,
    endTime: new Date().toISOString(),
  };
}
