/** What is to be layered: `after` names what it comes after. */
export type Item = { readonly id: string; readonly after: readonly string[] };

/** Layers from top to bottom, from left to right; where an edge passes a layer, a made-up id keeps it a place. */
export type Layered = {
  readonly layers: readonly (readonly string[])[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly through: readonly string[];
  }[];
};

const SWEEPS = 8;

/** Layers in which each item is as far up as what it comes after allows, with few edges that cross (Sugiyama). */
export function crossFree(items: readonly Item[]): Layered {
  const known = new Map(items.map((item) => [item.id, item]));
  const rank = ranksOf(known);
  const layers: string[][] = [];
  const put = (id: string, at: number): void => void (layers[at] ??= []).push(id);
  for (const { id } of items) put(id, rank.get(id) ?? 0);

  const edges = items.flatMap(({ id: to, after }) =>
    after
      .filter((from) => known.has(from))
      .map((from) => {
        const [start, end] = [rank.get(from) ?? 0, rank.get(to) ?? 0];
        const passing = Array.from({ length: Math.max(0, end - start - 1) }, (_, i) => `${from}>${to}>${i}`);
        passing.forEach((id, i) => put(id, start + 1 + i));
        return { from, to, through: [from, ...passing, to] };
      }),
  );
  return {
    layers: untangle(
      layers,
      edges.flatMap(({ through }) => pairsOf(through)),
    ),
    edges,
  };
}

function ranksOf(items: ReadonlyMap<string, Item>): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  const rankOf = (id: string, above: ReadonlySet<string>): number => {
    const found = ranks.get(id);
    if (found !== undefined) return found;
    const before = items.get(id)?.after.filter((each) => items.has(each) && !above.has(each)) ?? [];
    const rank = before.reduce((most, each) => Math.max(most, rankOf(each, new Set([...above, id])) + 1), 0);
    ranks.set(id, rank);
    return rank;
  };
  for (const id of items.keys()) rankOf(id, new Set());
  return ranks;
}

type Pair = readonly [upper: string, lower: string];

function pairsOf(ids: readonly string[]): Pair[] {
  return ids.slice(1).map((id, index) => [ids[index] ?? id, id]);
}

/** Orders each layer by where its neighbours stand, downwards and upwards in turn, and keeps the best order seen. */
function untangle(layers: readonly (readonly string[])[], pairs: readonly Pair[]): string[][] {
  let present = layers.map((layer) => [...layer]);
  let best = present;
  let least = crossings(present, pairs);
  for (let sweep = 0; sweep < SWEEPS && least > 0; sweep++) {
    const isDown = sweep % 2 === 0;
    present = present.map((layer) => [...layer]);
    const order = isDown ? present.keys().toArray() : present.keys().toArray().toReversed();
    for (const index of order) {
      const beside = new Map((present[isDown ? index - 1 : index + 1] ?? []).map((id, place) => [id, place]));
      present[index] = byNeighbours(present[index] ?? [], beside, pairs, isDown);
    }
    const found = crossings(present, pairs);
    if (found < least) [best, least] = [present, found];
  }
  return best;
}

function byNeighbours(
  layer: readonly string[],
  beside: ReadonlyMap<string, number>,
  pairs: readonly Pair[],
  isDown: boolean,
): string[] {
  const weight = new Map(
    layer.map((id, place) => {
      const places = pairs.flatMap(([upper, lower]) => {
        const other = isDown ? (lower === id ? upper : undefined) : upper === id ? lower : undefined;
        return other === undefined ? [] : [beside.get(other) ?? place];
      });
      return [id, places.length === 0 ? place : places.reduce((sum, each) => sum + each, 0) / places.length];
    }),
  );
  return layer.toSorted((left, right) => (weight.get(left) ?? 0) - (weight.get(right) ?? 0));
}

/** How many pairs of edges cross between neighbouring layers. */
export function crossings(layers: readonly (readonly string[])[], pairs: readonly Pair[]): number {
  const place = new Map(layers.flatMap((layer, at) => layer.map((id, x) => [id, { at, x }] as const)));
  let count = 0;
  for (const [index, [upper, lower]] of pairs.entries()) {
    const [from, to] = [place.get(upper), place.get(lower)];
    for (const [otherUpper, otherLower] of pairs.slice(index + 1)) {
      const [otherFrom, otherTo] = [place.get(otherUpper), place.get(otherLower)];
      if (from === undefined || to === undefined || otherFrom === undefined || otherTo === undefined)
        continue;
      if (from.at === otherFrom.at && (from.x - otherFrom.x) * (to.x - otherTo.x) < 0) count++;
    }
  }
  return count;
}
