import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import type { EntryFilter, Ledger } from "../ledger/ledger.ts";
import { newRunId } from "../workflow/engine.ts";

const REMEMBERED_MS = 24 * 60 * 60 * 1000;

export type Answer = { readonly status: number; readonly type: string; readonly body: string };

/** `isFinal`: the same request shall be answered so from now on; otherwise nothing came of it. */
export type Acted = Answer & { readonly isFinal: boolean };

/**
 * Requests that callers named, so that each has one effect for a day, however often it comes, and to whichever process
 * of the workspace, as long as it has come to one of them before it comes to the next: two that get it in the very same
 * moment do not know of each other.
 */
export type Requests = {
  /**
   * The run that answers a request, which `start` begins under that id unless it has begun. Where the same request
   * comes again while it is under way, it is waited for.
   *
   * @throws KEY_REUSED where the key was another request's; what `start` throws
   */
  readonly once: (
    by: Principal,
    key: string,
    request: unknown,
    start: (run: string) => Promise<unknown>,
  ) => Promise<string>;
  /**
   * What a request is answered with: by `act`, or as it was before. Where it `startsRun`, `act` is given the id of
   * that run, and is called again after a crash: it must not start a run that is there.
   *
   * @throws KEY_REUSED; REQUEST_UNDER_WAY; REQUEST_INTERRUPTED where the process that worked on it died, and whether
   * it had its effect is not known
   */
  readonly answer: (
    by: Principal,
    key: string,
    request: unknown,
    startsRun: boolean,
    act: (run: string | undefined) => Promise<Acted>,
  ) => Promise<Answer & { readonly isRepeated: boolean }>;
};

type Accepted = {
  readonly request: string;
  readonly run: string | undefined;
  readonly atMs: number;
  /** The entry that says so, once it is durable. */
  readonly seq?: number;
  /** The entry with its answer. */
  readonly answeredSeq?: number;
};

/** As the workspace's ledger has them. */
export function openRequests(ledger: Ledger, now: () => number = Date.now): Requests {
  const known = new Map<string, Accepted>();
  let foldedTo = 0;
  let version: number | undefined;
  const starting = new Map<string, Promise<unknown>>();
  const underWay = new Set<string>();

  /** With what other processes have accepted and answered since. */
  const accepted = (): Map<string, Accepted> => {
    const present = ledger.version();
    if (version !== present) {
      version = present;
      const last = ledger.lastSeq();
      fold(known, ledger, { afterSeq: foldedTo, since: new Date(now() - REMEMBERED_MS).toISOString() });
      foldedTo = last;
    }
    for (const [name, { atMs }] of known) {
      if (atMs >= now() - REMEMBERED_MS) break;
      known.delete(name);
    }
    return known;
  };

  /** What was accepted under a key, for this request. */
  const find = (name: string, key: string, request: string): Accepted | undefined => {
    const present = accepted().get(name);
    if (present === undefined || present.request === request) return present;
    throw new RuntimeError("KEY_REUSED", `The key "${key}" belongs to another request of yours.`);
  };

  const accept = (
    by: Principal,
    key: string,
    name: string,
    given: Omit<Accepted, "atMs">,
  ): Promise<unknown> => {
    const { request, run } = given;
    accepted().set(name, { request, run, atMs: now() });
    const data = { key, request, ...(run === undefined ? {} : { run }) };
    // The digest tells of secrets that one could guess.
    const appended = ledger.append(by, { type: "request-accepted", data }, { sealed: ["/request"] });
    return appended.then(
      ({ seq }) => {
        const present = known.get(name);
        if (present !== undefined) known.set(name, { ...present, seq });
      },
      (error: unknown) => {
        known.delete(name);
        throw error;
      },
    );
  };

  const begin = async (run: string, start: (run: string) => Promise<unknown>): Promise<void> => {
    const waiting = starting.get(run);
    if (waiting !== undefined) await waiting;
    else if (ledger.run(run) === undefined) {
      // Until it is in the ledger, nobody else could see that it has begun.
      const started = start(run)
        .then(() => ledger.flush())
        .catch((error: unknown) => {
          // Another process has begun it meanwhile.
          if (!isConflict(error) || ledger.run(run) === undefined) throw error;
        });
      starting.set(run, started);
      await started.finally(() => starting.delete(run));
    }
  };

  const settle = async (by: Principal, key: string, name: string, acted: Acted): Promise<void> => {
    const { isFinal, ...answer } = acted;
    const data = { key, ...(isFinal ? { answer } : {}) };
    const sealed = isFinal ? ["/answer/body"] : [];
    const { seq } = await ledger.append(by, { type: "request-answered", data }, { sealed });
    const present = accepted().get(name);
    if (!isFinal) accepted().delete(name);
    else if (present !== undefined) accepted().set(name, { ...present, answeredSeq: seq });
  };

  return {
    async once(by, key, given, start) {
      const name = nameOf(by, key);
      const request = digestOf(given);
      const present = find(name, key, request);
      const run = present?.run ?? newRunId(now());
      // Not awaited: it lies before the run's first entry.
      if (present === undefined) accept(by, key, name, { request, run }).catch(() => {});
      try {
        await begin(run, start);
        return run;
      } finally {
        await ledger.flush();
      }
    },

    async answer(by, key, given, startsRun, act) {
      const name = nameOf(by, key);
      const request = digestOf(given);
      const present = find(name, key, request);
      if (underWay.has(name))
        throw new RuntimeError("REQUEST_UNDER_WAY", `The request "${key}" is being worked on.`);
      if (present?.answeredSeq !== undefined)
        return { ...answerAt(ledger, present.answeredSeq), isRepeated: true };
      if (present !== undefined && present.run === undefined)
        throw new RuntimeError(
          "REQUEST_INTERRUPTED",
          `The request "${key}" is with another server, or was when that ended, and has no answer.`,
        );
      underWay.add(name);
      try {
        const run = present?.run ?? (startsRun ? newRunId(now()) : undefined);
        if (present === undefined) await accept(by, key, name, { request, run });
        const acted = await act(run);
        await settle(by, key, name, acted);
        return { ...acted, isRepeated: false };
      } finally {
        underWay.delete(name);
      }
    },
  };
}

function isConflict(error: unknown): boolean {
  return error instanceof RuntimeError && error.code === "STATE_CONFLICT";
}

/** Entries that this process wrote itself change nothing: it knew before them. */
function fold(known: Map<string, Accepted>, ledger: Ledger, filter: EntryFilter): void {
  const types = ["request-accepted", "request-answered"] as const;
  for (const { type, seq, by, at, data } of ledger.entries({ ...filter, types, ofLedger: true })) {
    const name = nameOf(ledger.object(by) as Principal, data.key);
    const present = known.get(name);
    // One that is not durable yet, or lies further on, is newer.
    if (present !== undefined && (present.seq ?? Infinity) > seq) continue;
    if (type === "request-accepted")
      known.set(name, { request: data.request, run: data.run, atMs: Date.parse(at), seq });
    else if (data.answer === undefined) known.delete(name);
    else if (present !== undefined) known.set(name, { ...present, answeredSeq: seq });
  }
}

function answerAt(ledger: Pick<Ledger, "entry">, seq: number): Answer {
  const entry = ledger.entry(seq);
  if (entry?.type === "request-answered" && entry.data.answer !== undefined) return entry.data.answer;
  throw new RuntimeError("LEDGER_CORRUPT", `The entry ${seq} is not the answer that it was.`);
}

/** Per person and agent, whatever session or token they come with. */
function nameOf({ human, agent }: Principal, key: string): string {
  return JSON.stringify([human, agent, key]);
}
