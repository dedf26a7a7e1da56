/** When runs gave up which paths: what a look at a path from before may have missed. */
export type LeaseEnds = {
  add(path: string, run: string, seq: number): void;
  /** The run whose lease on the path, on one above it or on one below it, ended after that entry. */
  since(path: string, seq: number): string | undefined;
  /** What ended after this entry is all here. */
  knownFrom(): number;
  /** Forgets everything up to this entry, which is the last one so far. */
  clear(seq: number): void;
  readonly size: number;
};

type End = { readonly run: string; readonly seq: number };

/** They must be added in the order of their entries. */
export function createLeaseEnds(): LeaseEnds {
  const at = new Map<string, End>();
  /** The newest end anywhere below a path. */
  const below = new Map<string, End>();
  let from = 0;

  return {
    add(path, run, seq) {
      const end = { run, seq };
      at.set(path, end);
      for (const above of pathsAbove(path)) below.set(above, end);
    },

    since(path, seq) {
      const ends = [below.get(path), at.get(path), ...pathsAbove(path).map((above) => at.get(above))];
      return ends.find((end) => end !== undefined && end.seq > seq)?.run;
    },

    knownFrom: () => from,

    clear(seq) {
      at.clear();
      below.clear();
      from = seq;
    },

    get size() {
      return at.size;
    },
  };
}

/** Every path above: `a/b/c` → `a/b`, `a` and the empty one, which is the workspace. */
function pathsAbove(path: string): string[] {
  const found: string[] = [];
  for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1))
    found.push(path.slice(0, cut));
  if (path !== "") found.push("");
  return found;
}
