import type { Draft } from "./draft.ts";

/** The run is at work from now on. */
export function beginSpell({ run, at }: Draft): void {
  run.activeSince ??= at;
}

/** The run rests, or has ended: the spell up to `until` counts. A clock that went back counts as no time. */
export function endSpell({ run }: Draft, until: string): void {
  if (run.activeSince === null) return;
  run.activeMs += Math.max(0, Date.parse(until) - Date.parse(run.activeSince));
  run.activeSince = null;
}
