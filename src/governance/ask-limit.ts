import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";

export type AskLimit = (
  principal: Principal,
  approval: string,
  asks: { readonly most: number; readonly minutes: number },
) => void;

type Times = Map<string, number>;

/**
 * Counts what each human is asked, whichever agent or session asks: these can be named as somebody likes. Questions
 * of this process count at once, those of others when they are in the ledger.
 */
export function openAskLimit(
  ledger: Pick<Ledger, "entries" | "object" | "lastSeq">,
  now: () => number,
): AskLimit {
  const asked = new Map<string, Times>();
  const humans = new Map<string, string>();
  let readSeq = 0;

  const timesOf = (human: string): Times => {
    const times = asked.get(human) ?? new Map<string, number>();
    asked.set(human, times);
    return times;
  };
  const humanOf = (reference: string): string => {
    const human = humans.get(reference) ?? (ledger.object(reference) as Principal).human;
    humans.set(reference, human);
    return human;
  };
  const read = (sinceMs: number): void => {
    const afterSeq = readSeq;
    readSeq = ledger.lastSeq();
    const types = ["approval-requested"] as const;
    for (const { by, at, data } of ledger.entries({ types, afterSeq, descending: true, sealed: true })) {
      const atMs = Date.parse(at);
      if (atMs < sinceMs) return;
      timesOf(humanOf(by)).set(data.approval, atMs);
    }
  };

  return ({ human }, approval, { most, minutes }) => {
    const nowMs = now();
    const sinceMs = nowMs - minutes * 60_000;
    read(sinceMs);
    const times = timesOf(human);
    for (const [id, atMs] of times) if (atMs < sinceMs) times.delete(id);
    if (times.size >= most)
      throw new RuntimeError(
        "APPROVAL_LIMIT",
        `${human || "Nobody"} was asked ${times.size} times in ${minutes} minutes; at most ${most} are allowed.`,
      );
    times.set(approval, nowMs);
  };
}
