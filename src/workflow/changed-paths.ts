import type { Entry } from "../contract/entry.ts";
import type { Image } from "../contract/image.ts";
import type { Ledger } from "../ledger/ledger.ts";

export type ChangedPath = {
  readonly kind: "created" | "changed" | "deleted" | "moved";
  readonly path: string;
  readonly movedFrom: string | null;
  /** Of a file that is there now. */
  readonly size: number | null;
};

type Changing = Entry<Extract<Entry, { type: "effect-intended" | "undo-intended" }>>;
type Change = Changing["data"]["changes"][number];

export type Net = { readonly before: Image; readonly after: Image; readonly movedFrom: string | null };

/** What lay at each path that a run changed, before it and after what of it is in force. */
export function netChanges(ledger: Pick<Ledger, "entries">, run: string): ReadonlyMap<string, Net> {
  const net = new Map<string, Net>();
  for (const { path, before, after, movedFrom = null } of changesInForce(ledger, run))
    net.set(path, { before: net.get(path)?.before ?? before, after, movedFrom });
  return net;
}

/** What a run has changed and not taken back, by path. */
export function changedPaths(ledger: Pick<Ledger, "entries">, run: string): ChangedPath[] {
  const net = netChanges(ledger, run);
  const isGone = (path: string) =>
    net.get(path)?.after.kind === "absent" && net.get(path)?.before.kind !== "absent";
  const isMoved = ({ movedFrom }: Net) => movedFrom !== null && isGone(movedFrom);
  const sources = new Set([...net.values()].filter(isMoved).map(({ movedFrom }) => movedFrom));
  return [...net]
    .filter(([path, change]) => isMoved(change) || (!isSame(change) && !(isGone(path) && sources.has(path))))
    .map(([path, change]) => ({
      kind: kindOf(change, isMoved(change)),
      path,
      movedFrom: isMoved(change) ? change.movedFrom : null,
      size: change.after.kind === "file" ? change.after.size : null,
    }));
}

function kindOf({ before, after }: Net, isMoved: boolean): ChangedPath["kind"] {
  if (after.kind === "absent") return "deleted";
  if (isMoved) return "moved";
  return before.kind === "absent" ? "created" : "changed";
}

function changesInForce(ledger: Pick<Ledger, "entries">, run: string): Change[] {
  const effects = new Map<number, readonly Change[]>();
  const undone = new Map<number, readonly Change[]>();
  const undoes = new Map<number, number>();
  for (const entry of ledger.entries({
    run,
    types: ["effect-intended", "undo-intended", "undo-completed"],
  })) {
    if (entry.type === "effect-intended") effects.set(entry.seq, entry.data.changes);
    else if (entry.type === "undo-intended") undoes.set(entry.seq, entry.data.of);
    else toggle(effects, undone, undoes.get(entry.data.of) ?? entry.data.of);
  }
  return [...effects].sort(([left], [right]) => left - right).flatMap(([, changes]) => changes);
}

/** An undo takes an effect out of force, the undo of that undo brings it back. */
function toggle(
  effects: Map<number, readonly Change[]>,
  undone: Map<number, readonly Change[]>,
  effect: number,
): void {
  const [from, to] = effects.has(effect) ? [effects, undone] : [undone, effects];
  const changes = from.get(effect);
  if (changes === undefined) return;
  from.delete(effect);
  to.set(effect, changes);
}

function isSame({ before, after }: Net): boolean {
  if (before.kind === "absent" || after.kind === "absent") return before.kind === after.kind;
  if (before.kind === "dir" || after.kind === "dir") return before.kind === after.kind;
  if (before.kind === "link" || after.kind === "link")
    return before.kind === "link" && after.kind === "link" && before.target === after.target;
  return before.hash === after.hash;
}
