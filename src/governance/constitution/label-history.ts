import type { Entry, EventOf } from "../../contract/entry.ts";
import { canonicalJson } from "../../contract/json.ts";
import type { Principal } from "../../contract/principal.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { sorted } from "./policy-request.ts";

/** Classes of the data that a run, and its session, had read. */
export type Labels = { readonly run: readonly string[]; readonly session: readonly string[] };

type Mark = { readonly position: number; readonly labels: readonly string[]; readonly atMs: number };

/** What every run and session had read, as of the entry that was reached. */
export class LabelHistory {
  readonly #ledger: Pick<Ledger, "object">;
  readonly #runs = new Map<string, Mark[]>();
  readonly #sessions = new Map<string, Mark[]>();
  /** How much of it came before the newest entry of a run. */
  readonly #passed = new Map<string, number>();
  #position = 0;

  constructor(ledger: Pick<Ledger, "object">) {
    this.#ledger = ledger;
  }

  add({ at, by, data: { run, labels } }: Entry<EventOf<"data-read">>): void {
    const mark = { position: ++this.#position, labels, atMs: Date.parse(at) };
    append(this.#runs, run, mark);
    append(this.#sessions, this.#sessionOf(by), mark);
  }

  /** The run had an entry here: what it decided afterwards, it decided knowing all until here. */
  pass(run: string): void {
    this.#passed.set(run, this.#position);
  }

  /**
   * What was known when the entry was decided about. Between a decision and its entry another call may have read
   * something: then it is what was known at one of the moments since the run's entry before, the latest first.
   */
  *before(
    { run, by, at }: Entry<EventOf<"step-intended"> | EventOf<"step-withheld">>,
    sessionHours: number,
  ): Generator<Labels> {
    const ofRun = this.#runs.get(run) ?? [];
    const ofSession = this.#sessions.get(this.#sessionOf(by)) ?? [];
    const floor = this.#passed.get(run) ?? 0;
    const since = Date.parse(at) - sessionHours * 3_600_000;
    const moments = [...ofRun, ...ofSession].map(({ position }) => position - 1);
    const candidates = new Set([this.#position, ...moments.filter((each) => each >= floor)]);
    for (const moment of [...candidates].sort((one, other) => other - one))
      yield {
        run: labelsOf(ofRun.filter(({ position }) => position <= moment)),
        session: labelsOf(ofSession.filter(({ position, atMs }) => position <= moment && atMs >= since)),
      };
  }

  #sessionOf(by: string): string {
    const { human, agent, session } = this.#ledger.object(by) as Principal;
    return canonicalJson([human, agent, session]);
  }
}

function append(marks: Map<string, Mark[]>, key: string, mark: Mark): void {
  const before = marks.get(key) ?? [];
  before.push(mark);
  marks.set(key, before);
}

function labelsOf(marks: readonly Mark[]): readonly string[] {
  return sorted(marks.flatMap(({ labels }) => labels));
}
