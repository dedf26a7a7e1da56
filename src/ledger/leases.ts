import type { Entry, EventType } from "../contract/entry.ts";
import { type LeaseEnds, createLeaseEnds } from "./lease-ends.ts";

/** Who has changed which paths and not yet ended: the write leases of a workspace's runs, held in memory. */
export type Leases = {
  /** The run whose lease on the path, on one above it or on one below it, is in the way; `undefined` for none. */
  conflict(path: string, run: string): string | undefined;
  take(path: string, run: string): void;
  /** Ends the leases of a run, by this entry. */
  drop(run: string, seq: number): void;
  clear(): void;
  /** Every lease, sorted: for comparison and for views. */
  list(): { path: string; run: string }[];
};

/** The types of the entries that end the leases of their run. */
export const ENDS_LEASES: ReadonlySet<EventType> = new Set<EventType>([
  "run-completed",
  "run-failed",
  "run-rolled-back",
  "rollback-incomplete",
  "run-restarted",
  "run-undone",
  "run-redone",
]);

/** The types that `foldLeases` looks at. */
export const LEASE_TYPES: readonly EventType[] = ["effect-intended", "undo-intended", ...ENDS_LEASES];

/** Brings the leases up to date with one more entry. */
export function foldLeases(leases: Leases, entry: Entry): void {
  if (entry.type === "effect-intended" || entry.type === "undo-intended")
    for (const { path } of entry.data.changes) leases.take(path, entry.run);
  else if ("run" in entry && ENDS_LEASES.has(entry.type)) leases.drop(entry.run, entry.seq);
}

type Node = {
  readonly children: Map<string, Node>;
  readonly holders: Set<string>;
  /** How many leases each run has below this node. */
  readonly below: Map<string, number>;
};

// So many paths are remembered after their lease has ended, which is more than change between a look and its intent.
const MAX_ENDS = 1000;

/** `ends` learns when which lease ended. */
export function createLeases(ends: LeaseEnds = createLeaseEnds()): Leases {
  let root = emptyNode();
  const pathsOf = new Map<string, Set<string>>();

  return {
    conflict(path, run) {
      let node = root;
      for (const part of partsOf(path)) {
        const holder = otherThan(run, node.holders);
        if (holder !== undefined) return holder;
        const child = node.children.get(part);
        if (child === undefined) return undefined;
        node = child;
      }
      return otherThan(run, node.holders) ?? otherThan(run, node.below.keys());
    },

    take(path, run) {
      const paths = pathsOf.get(run) ?? new Set<string>();
      if (paths.has(path)) return;
      pathsOf.set(run, paths.add(path));
      let node = root;
      for (const part of partsOf(path)) {
        node.below.set(run, (node.below.get(run) ?? 0) + 1);
        let child = node.children.get(part);
        if (child === undefined) node.children.set(part, (child = emptyNode()));
        node = child;
      }
      node.holders.add(run);
    },

    drop(run, seq) {
      for (const path of pathsOf.get(run) ?? []) {
        release(root, partsOf(path), 0, run);
        ends.add(path, run, seq);
      }
      if (ends.size > MAX_ENDS) ends.clear(seq);
      pathsOf.delete(run);
      if (pathsOf.size === 0) root = emptyNode();
    },

    clear() {
      root = emptyNode();
      pathsOf.clear();
    },

    list() {
      const all = [...pathsOf].flatMap(([run, paths]) => [...paths].map((path) => ({ path, run })));
      return all.sort((a, b) => (a.path + a.run < b.path + b.run ? -1 : 1));
    },
  };
}

function release(node: Node, parts: readonly string[], depth: number, run: string): void {
  const part = parts[depth];
  if (part === undefined) {
    node.holders.delete(run);
    return;
  }
  const count = (node.below.get(run) ?? 0) - 1;
  if (count > 0) node.below.set(run, count);
  else node.below.delete(run);
  const child = node.children.get(part);
  if (child === undefined) return;
  release(child, parts, depth + 1, run);
  if (child.holders.size === 0 && child.children.size === 0) node.children.delete(part);
}

function otherThan(run: string, holders: Iterable<string>): string | undefined {
  for (const holder of holders) if (holder !== run) return holder;
  return undefined;
}

function partsOf(path: string): string[] {
  return path === "" ? [] : path.split("/");
}

function emptyNode(): Node {
  return { children: new Map(), holders: new Set(), below: new Map() };
}
