import type { Entry, EventOf } from "../contract/entry.ts";
import type { Desk } from "./desk.ts";

/** Who is told how a run gets on: by a number of steps, in a log, or not at all. */
export type Told = {
  readonly progress?: (done: number, total: number, message: string) => Promise<void>;
  readonly log?: (data: Readonly<Record<string, unknown>>) => Promise<void>;
};

const TYPES = [
  "step-intended",
  "step-completed",
  "step-skipped",
  "step-failed",
  "approval-requested",
] as const;
type Seen = Entry<EventOf<(typeof TYPES)[number]>>;

/** Tells what becomes of a run's steps until it is ended; then everything until that moment has been told. */
export function followRun(
  { station: { runtime }, feed }: Desk,
  run: string,
  { progress, log }: Told,
): { readonly end: () => Promise<void> } {
  if (progress === undefined && log === undefined) return { end: () => Promise.resolve() };
  let place = 0;
  let done = 0;
  let told = -1;
  let total = 0;
  let sent: Promise<unknown> = Promise.resolve();

  const tell = async (entry: Seen): Promise<void> => {
    const { step, type } = entry;
    await log?.({ run, step, event: type });
    if (type === "step-completed" || type === "step-skipped") done++;
    // It only ever goes up.
    if (done === told) return;
    told = done;
    // Loops make more steps as they go; to count them all each time would take as long as the run.
    if (done >= total) total = Math.max(done, runtime.show(run).steps.length);
    await progress?.(done, total, `${type === "step-intended" ? "started" : type.slice(5)} ${step}`);
  };
  const look = (): void => {
    for (const entry of runtime.ledger.entries({ run, afterSeq: place, types: TYPES, sealed: true })) {
      place = entry.seq;
      // One after the other; that a client takes no more of it is no matter of the run.
      sent = sent.then(() => tell(entry)).catch(() => {});
    }
  };
  const stop = feed.onGrowth(look);
  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    stop();
    look();
    await sent;
  };
  return { end: () => (ended ??= end()) };
}
