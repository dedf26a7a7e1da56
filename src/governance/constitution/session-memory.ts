import { RISKS, type CapabilitySpec } from "../../contract/capability.ts";
import type { DecisionRequest } from "../../contract/decide.ts";
import type { Entry, EventOf } from "../../contract/entry.ts";
import { canonicalJson } from "../../contract/json.ts";
import type { Budgets } from "../../contract/policy-set.ts";
import type { Principal } from "../../contract/principal.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { sorted } from "./policy-request.ts";

type Caller = Pick<DecisionRequest, "run" | "principal">;

/** What the ledger says about a session and a run before a call: the fold of its entries. */
export type SessionMemory = {
  readonly labels: (
    caller: Caller,
    sessionMs: number,
  ) => {
    readonly run: readonly string[];
    readonly session: readonly string[];
  };
  /** Records that a call read data of these classes. Later calls of this process know it at once. */
  readonly read: (request: DecisionRequest, labels: readonly string[], sessionMs: number) => void;
  /** What was done before, also by other processes: everything that was appended is waited for. */
  readonly spent: (caller: Caller, sessionMs: number) => Promise<Spent>;
  /** Counts a call that was allowed, until its entry does. */
  readonly reserve: (request: DecisionRequest) => void;
};

export type Spent = {
  readonly actions: number;
  readonly capabilities: readonly string[];
  readonly actionsOfRun: number;
  readonly high: number;
  readonly network: number;
};

const NO_LABELS = { run: [], session: [] } as const;

type Action = { readonly run: string; readonly capability: CapabilitySpec; readonly atMs: number };
type Marks = Map<string, number>;

export function openSessionMemory(ledger: Ledger, now: () => number): SessionMemory {
  const sessions = new Map<string, Marks>();
  const runs = new Map<string, Set<string>>();
  const actions = new Map<string, Action[]>();
  const reserved = new Map<string, { readonly session: string; readonly action: Action }>();
  const principals = new Map<string, string>();
  let version: number | undefined;
  let readSeq = 0;
  let actionSeq = 0;

  const sessionOf = (reference: string): string => {
    const known = principals.get(reference);
    if (known !== undefined) return known;
    const key = keyOf(ledger.object(reference) as Principal);
    principals.set(reference, key);
    return key;
  };
  const mark = (session: string, run: string, labels: readonly string[], atMs: number): void => {
    const marks = sessions.get(session) ?? new Map<string, number>();
    sessions.set(session, marks);
    const ofRun = runs.get(run) ?? new Set();
    runs.set(run, ofRun);
    for (const label of labels) {
      marks.set(label, Math.max(atMs, marks.get(label) ?? 0));
      ofRun.add(label);
    }
  };
  const windowStart = (sessionMs: number) => new Date(now() - sessionMs).toISOString();
  const catchUp = (sessionMs: number): void => {
    const present = ledger.version();
    if (present === version) return;
    const from = readSeq === 0 ? { since: windowStart(sessionMs) } : { afterSeq: readSeq };
    for (const entry of ledger.entries({ types: ["data-read"], ofLedger: true, ...from })) {
      mark(sessionOf(entry.by), entry.data.run, entry.data.labels, Date.parse(entry.at));
      readSeq = entry.seq;
    }
    version = present;
  };
  const takeAction = (entry: Entry<EventOf<"step-intended">>): void => {
    reserved.delete(`${entry.run}/${entry.step}`);
    if (entry.data.role !== "step") {
      actionSeq = entry.seq;
      return;
    }
    const capability = ledger.object(entry.data.spec) as CapabilitySpec;
    const session = sessionOf(entry.by);
    const before = actions.get(session) ?? [];
    before.push({ run: entry.run, capability, atMs: Date.parse(entry.at) });
    actions.set(session, before);
    // Last: what could not be counted now is not passed over later.
    actionSeq = entry.seq;
  };

  return {
    labels({ run, principal }, sessionMs) {
      catchUp(sessionMs);
      const since = now() - sessionMs;
      const marks = sessions.get(keyOf(principal));
      const ofRun = runs.get(run);
      if (marks === undefined && ofRun === undefined) return NO_LABELS;
      return {
        run: sorted(ofRun ?? []),
        session: sorted([...(marks ?? [])].flatMap(([label, atMs]) => (atMs >= since ? [label] : []))),
      };
    },

    read({ run, step, principal }, labels, sessionMs) {
      const present = this.labels({ run, principal }, sessionMs);
      const atMs = now();
      const isFresh = (label: string) =>
        (sessions.get(keyOf(principal))?.get(label) ?? 0) > atMs - sessionMs / 2;
      const added = labels.filter((label) => !present.run.includes(label) || !isFresh(label));
      if (added.length === 0) return;
      mark(keyOf(principal), run, added, atMs);
      ledger.append(principal, { type: "data-read", data: { run, step, labels: added } }).catch(() => {
        // Where the ledger fails, the run's own next entry says so.
      });
    },

    async spent({ run, principal }, sessionMs) {
      await ledger.flush();
      const from = actionSeq === 0 ? { since: windowStart(sessionMs) } : { afterSeq: actionSeq };
      for (const entry of ledger.entries({ types: ["step-intended"], sealed: true, ...from }))
        takeAction(entry);
      const session = keyOf(principal);
      const pending = [...reserved.values()].flatMap((each) =>
        each.session === session ? [each.action] : [],
      );
      const since = now() - sessionMs;
      const done = [...(actions.get(session) ?? []), ...pending].filter(({ atMs }) => atMs >= since);
      return {
        actions: done.length,
        capabilities: sorted(done.map(({ capability }) => capability.id)),
        actionsOfRun: done.filter((action) => action.run === run).length,
        high: done.filter(({ capability }) => isHigh(capability)).length,
        network: done.filter(({ capability }) => reachesNetwork(capability)).length,
      };
    },

    reserve({ run, step, principal, capability }) {
      const action = { run, capability, atMs: now() };
      reserved.set(`${run}/${step}`, { session: keyOf(principal), action });
    },
  };
}

/** The budgets that are used up, or would be overdrawn by this call. */
export function exhausted(budgets: Budgets, capability: CapabilitySpec, spent: Spent): readonly string[] {
  const uses: readonly (readonly [keyof Budgets, number, boolean])[] = [
    ["actions_per_run", spent.actionsOfRun, true],
    ["actions_per_session", spent.actions, true],
    ["high_per_session", spent.high, isHigh(capability)],
    ["network_per_session", spent.network, reachesNetwork(capability)],
  ];
  return sorted(
    uses.flatMap(([name, used, counts]) => {
      const limit = budgets[name];
      return limit !== undefined && counts && used >= limit ? [name] : [];
    }),
  );
}

function isHigh({ risk }: CapabilitySpec): boolean {
  return RISKS.indexOf(risk.level) >= RISKS.indexOf("HIGH");
}

function reachesNetwork({ side_effects }: CapabilitySpec): boolean {
  return side_effects.some((effect) => effect === "network_read" || effect === "network_write");
}

const keys = new WeakMap<Principal, string>();

function keyOf(principal: Principal): string {
  const known = keys.get(principal);
  if (known !== undefined) return known;
  const { human, agent, session } = principal;
  const key = canonicalJson([human, agent, session]);
  keys.set(principal, key);
  return key;
}
