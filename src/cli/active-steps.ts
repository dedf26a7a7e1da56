import type { Entry } from "../contract/entry.ts";
import { visible } from "../kernel/consent.ts";
import { RUN_ENDS } from "./run-ends.ts";

export type ActiveStep = { readonly step: string; readonly capability: string; readonly startedAt: string };

export type ActiveSteps = {
  follow(entry: Entry): void;
  /** The attempt that an entry belongs to. */
  find(entry: Entry): ActiveStep | undefined;
  /** What is under way, oldest first, as visible text. */
  labels(): string[];
};

/** Keeps which attempts are under way, by the entries that tell it. */
export function createActiveSteps(): ActiveSteps {
  const active = new Map<string, ActiveStep>();
  return {
    follow(entry) {
      const key = keyOf(entry);
      if (key === undefined) {
        if ("run" in entry && isEnd(entry))
          for (const each of active.keys()) if (each.startsWith(`${entry.run} `)) active.delete(each);
        return;
      }
      if (entry.type === "step-intended")
        active.set(key, { step: entry.step, capability: entry.data.capability, startedAt: entry.at });
      else if (isOutcome(entry)) active.delete(key);
    },
    find(entry) {
      const key = keyOf(entry);
      return key === undefined ? undefined : active.get(key);
    },
    labels: () =>
      [...active.values()].map(({ step, capability }) => `${visible(step)}  ${visible(capability)}`),
  };
}

function keyOf(entry: Entry): string | undefined {
  return "step" in entry ? `${entry.run} ${entry.step}` : undefined;
}

function isOutcome({ type }: Entry): boolean {
  return (
    type === "step-completed" ||
    type === "step-failed" ||
    type === "step-interrupted" ||
    type === "approval-requested"
  );
}

function isEnd({ type }: Entry): boolean {
  return RUN_ENDS.some((end) => end === type);
}
