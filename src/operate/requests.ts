import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { newRunId } from "../workflow/engine.ts";

const REMEMBERED_MS = 24 * 60 * 60 * 1000;

/** Requests that callers named, so that each has one effect however often it comes. */
export type Requests = {
  /**
   * The run that answers a request, which `start` begins under that id unless it has begun. Also after a restart, and
   * where the same request comes again while it is under way.
   *
   * @throws KEY_REUSED where the key was another request's; what `start` throws
   */
  readonly once: (
    by: Principal,
    key: string,
    request: unknown,
    start: (run: string) => Promise<unknown>,
  ) => Promise<string>;
};

type Accepted = { readonly request: string; readonly run: string; readonly atMs: number };

/** As the workspace's ledger has them, for a day. */
export function openRequests(ledger: Ledger, now: () => number = Date.now): Requests {
  let known: Map<string, Accepted> | undefined;
  const underWay = new Map<string, Promise<unknown>>();

  const accepted = (): Map<string, Accepted> => {
    known ??= load(ledger, now() - REMEMBERED_MS);
    for (const [name, { atMs }] of known) {
      if (atMs >= now() - REMEMBERED_MS) break;
      known.delete(name);
    }
    return known;
  };

  const begin = async (run: string, start: (run: string) => Promise<unknown>): Promise<void> => {
    const waiting = underWay.get(run);
    if (waiting !== undefined) await waiting;
    else if (ledger.run(run) === undefined) {
      const started = start(run);
      underWay.set(run, started);
      await started.finally(() => underWay.delete(run));
    }
  };

  return {
    async once(by, key, given, start) {
      const name = nameOf(by, key);
      const request = digestOf(given);
      const present = accepted().get(name);
      if (present !== undefined && present.request !== request)
        throw new RuntimeError("KEY_REUSED", `The key "${key}" belongs to another request of yours.`);
      const run = present?.run ?? newRunId(now());
      if (present === undefined) {
        accepted().set(name, { request, run, atMs: now() });
        // Not awaited: it lies before the run's first entry. The digest tells of secrets that one could guess.
        ledger
          .append(by, { type: "request-accepted", data: { key, request, run } }, { sensitive: ["/request"] })
          .catch(() => accepted().delete(name));
      }
      try {
        await begin(run, start);
        return run;
      } finally {
        await ledger.flush();
      }
    },
  };
}

function load(ledger: Ledger, sinceMs: number): Map<string, Accepted> {
  const found = new Map<string, Accepted>();
  const since = new Date(sinceMs).toISOString();
  for (const { by, at, data } of ledger.entries({ types: ["request-accepted"], ofLedger: true, since }))
    found.set(nameOf(ledger.object(by) as Principal, data.key), {
      request: data.request,
      run: data.run,
      atMs: Date.parse(at),
    });
  return found;
}

/** Per person and agent, whatever session or token they come with. */
function nameOf({ human, agent }: Principal, key: string): string {
  return JSON.stringify([human, agent, key]);
}
