import type { GraphStep } from "./layout.ts";

// More rounds than this are a number, not a picture.
const ROUNDS_SHOWN = 6;

const ROUND = /^(.*?)\[(\d+)\]\//;

/**
 * Without the rounds of a `foreach` that nobody could tell apart: of many, those stay that need a look, then the first
 * ones. `hidden` has how many are left out, by the step that they are in.
 */
export function prune<Step extends GraphStep>(
  steps: readonly Step[],
  needsLook: (step: Step) => boolean,
): { readonly steps: readonly Step[]; readonly hidden: ReadonlyMap<string, number> } {
  const rounds = new Map<string, Map<string, boolean>>();
  for (const step of steps)
    for (const { block, round } of roundsOf(step.step)) {
      const known = rounds.get(block) ?? new Map<string, boolean>();
      rounds.set(block, known.set(round, known.get(round) === true || needsLook(step)));
    }
  const shown = new Map<string, ReadonlySet<string>>();
  const hidden = new Map<string, number>();
  for (const [block, known] of rounds) {
    const inOrder = [...known].toSorted(([, left], [, right]) => Number(right) - Number(left));
    shown.set(block, new Set(inOrder.slice(0, ROUNDS_SHOWN).map(([round]) => round)));
    if (known.size > ROUNDS_SHOWN) hidden.set(block, known.size - ROUNDS_SHOWN);
  }
  const isShown = ({ step }: Step): boolean =>
    roundsOf(step).every(({ block, round }) => shown.get(block)?.has(round) === true);
  return { steps: steps.filter(isShown), hidden };
}

/** Every round that a key lies in, the outermost first: `a[1]/b[0]/c` in `a[1]` of `a`, and in `a[1]/b[0]` of `a[1]/b`. */
function roundsOf(key: string): { readonly block: string; readonly round: string }[] {
  const found: { block: string; round: string }[] = [];
  for (let start = 0, match = ROUND.exec(key); match !== null; match = ROUND.exec(key.slice(start))) {
    const [whole, name = "", index = ""] = match;
    const block = key.slice(0, start) + name;
    found.push({ block, round: `${block}[${index}]` });
    start += whole.length;
  }
  return found;
}
