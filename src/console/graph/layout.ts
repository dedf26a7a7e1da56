import { crossFree, type Layered } from "./layers.ts";

/** A step to be drawn: `waitsFor` names steps of the same list. */
export type GraphStep = { readonly step: string; readonly waitsFor: readonly string[] };

export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
export type Point = { readonly x: number; readonly y: number };

/** A step at its place; `inner` is what runs inside of it, list by list. */
export type PlacedStep<Step> = Box & { readonly step: Step; readonly inner: readonly PlacedList<Step>[] };
export type PlacedEdge = { readonly from: string; readonly to: string; readonly points: readonly Point[] };
/** The steps of one list, of one round or one branch; the name is the last part of the list's id. */
export type PlacedList<Step> = Box & {
  readonly id: string;
  readonly steps: readonly PlacedStep<Step>[];
  readonly edges: readonly PlacedEdge[];
};

const STEP_HEIGHT = 34;
const GAP = { x: 18, y: 26 };
const INSIDE = { top: 40, side: 10, bottom: 10, label: 18 };
/** How wide a step is, and how wide a row of rounds may be before the next one begins. */
export type Widths = { readonly step: number; readonly row: number };
export const WIDE: Widths = { step: 176, row: 620 };
export const NARROW: Widths = { step: 142, row: 320 };

/**
 * Where the steps of a run are drawn: from top to bottom, each below what it waits for, and what runs inside a step
 * inside its box. Positions are relative to the whole.
 */
export function layOut<Step extends GraphStep>(
  steps: readonly Step[],
  widths: Widths = WIDE,
): PlacedList<Step> {
  const lists = new Map<string, Step[]>();
  for (const step of steps) {
    const id = listOf(step.step);
    lists.set(id, [...(lists.get(id) ?? []), step]);
  }
  return placeList("", { lists, widths }, 0, 0);
}

/** The id of the list that a step lies in: its key without the last part. */
export function listOf(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf("/")));
}

type Plan<Step> = { readonly lists: ReadonlyMap<string, readonly Step[]>; readonly widths: Widths };
type Sized<Step> = {
  readonly step: Step;
  readonly width: number;
  readonly height: number;
  readonly inner: readonly PlacedList<Step>[];
};

function placeList<Step extends GraphStep>(
  id: string,
  plan: Plan<Step>,
  x: number,
  y: number,
): PlacedList<Step> {
  const sized = new Map((plan.lists.get(id) ?? []).map((step) => [step.step, sizeOf(step, plan)] as const));
  const layered = crossFree([...sized.values()].map(({ step }) => ({ id: step.step, after: step.waitsFor })));
  const placed = placeLayers(layered, sized, plan.widths);
  const steps = [...placed.boxes].flatMap(([key, box]) => {
    const own = sized.get(key);
    if (own === undefined) return [];
    return [
      {
        ...moved(box, x, y),
        step: own.step,
        inner: own.inner.map((list) => movedList(list, x + box.x, y + box.y)),
      },
    ];
  });
  const edges = layered.edges.map(({ from, to, through }) => ({
    from,
    to,
    points: through.flatMap((each, index) => joints(placed.boxes.get(each), index, through.length, x, y)),
  }));
  return { id, x, y, width: placed.width, height: placed.height, steps, edges };
}

function sizeOf<Step extends GraphStep>(step: Step, plan: Plan<Step>): Sized<Step> {
  const ids = [...plan.lists.keys()].filter((id) => isDirectlyIn(id, step.step));
  if (ids.length === 0) return { step, width: plan.widths.step, height: STEP_HEIGHT, inner: [] };
  const inner: PlacedList<Step>[] = [];
  let x = INSIDE.side;
  let y = INSIDE.top;
  let rowHeight = 0;
  let width = plan.widths.step;
  for (const id of ids) {
    const size = placeList(id, plan, 0, 0);
    if (x > INSIDE.side && x + size.width > plan.widths.row) {
      x = INSIDE.side;
      y += rowHeight + GAP.y / 2;
      rowHeight = 0;
    }
    inner.push(movedList(size, x, y + INSIDE.label));
    width = Math.max(width, x + size.width + INSIDE.side);
    rowHeight = Math.max(rowHeight, size.height + INSIDE.label);
    x += size.width + GAP.x;
  }
  return { step, width, height: y + rowHeight + INSIDE.bottom, inner };
}

/** `each[2]` and `block/then` lie in `each` and `block`; `block/then[0]/x` does not, but in a step inside. */
function isDirectlyIn(list: string, step: string): boolean {
  if (list === step) return true;
  if (!list.startsWith(step)) return false;
  return /^\[\d+\]$/.test(list.slice(step.length));
}

function placeLayers<Step>(
  { layers }: Layered,
  sized: ReadonlyMap<string, Sized<Step>>,
  { step }: Widths,
): { readonly boxes: ReadonlyMap<string, Box>; readonly width: number; readonly height: number } {
  const sizes = layers.map((layer) =>
    // A line that passes by takes no more room than a line.
    layer.map((id) => ({ id, width: sized.get(id)?.width ?? 0, height: sized.get(id)?.height ?? 0 })),
  );
  const widths = sizes.map((layer) => layer.reduce((sum, { width }) => sum + width + GAP.x, -GAP.x));
  const width = Math.max(step, ...widths);
  const boxes = new Map<string, Box>();
  let y = 0;
  for (const [index, layer] of sizes.entries()) {
    const height = Math.max(STEP_HEIGHT, ...layer.map((each) => each.height));
    let x = (width - (widths[index] ?? 0)) / 2;
    for (const each of layer) {
      boxes.set(each.id, { x, y, width: each.width, height: each.height === 0 ? height : each.height });
      x += each.width + GAP.x;
    }
    y += height + GAP.y;
  }
  return { boxes, width, height: Math.max(STEP_HEIGHT, y - GAP.y) };
}

/** Out at the bottom of the first, in at the top of the last, and straight through whatever lies between. */
function joints(box: Box | undefined, index: number, count: number, x: number, y: number): Point[] {
  if (box === undefined) return [];
  const middle = x + box.x + box.width / 2;
  const top = { x: middle, y: y + box.y };
  const bottom = { x: middle, y: y + box.y + box.height };
  if (index === 0) return [bottom];
  return index === count - 1 ? [top] : [top, bottom];
}

function moved(box: Box, x: number, y: number): Box {
  return { ...box, x: box.x + x, y: box.y + y };
}

function movedList<Step>(list: PlacedList<Step>, x: number, y: number): PlacedList<Step> {
  return {
    ...list,
    ...moved(list, x, y),
    steps: list.steps.map((step) => ({
      ...step,
      ...moved(step, x, y),
      inner: step.inner.map((inner) => movedList(inner, x, y)),
    })),
    edges: list.edges.map((edge) => ({
      ...edge,
      points: edge.points.map((point) => ({ x: point.x + x, y: point.y + y })),
    })),
  };
}
