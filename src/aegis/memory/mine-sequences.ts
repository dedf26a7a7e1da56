import type { Pattern } from "../../contract/skill-memory.ts";

const MAX_LENGTH = 5;
const MIN_SUPPORT = 20;
const MIN_SHARE = 0.02;
const MIN_CONFIDENCE = 0.6;
/** A part of a longer pattern says nothing of its own where it hardly ever stands alone. */
const PART_OF = 0.8;
/** Of one trace; what is longer is a program and no habit. */
const MAX_TRACE = 1000;

/**
 * Capabilities that follow each other in many traces, two to five of them, the longest of those that say the same. A
 * sequence counts once for each trace. Level by level, so that only what is frequent grows longer.
 */
export function mineSequences(traces: readonly (readonly string[])[]): Pattern[] {
  const bounded = traces.map((trace) => trace.slice(0, MAX_TRACE));
  const least = Math.max(MIN_SUPPORT, Math.ceil(MIN_SHARE * traces.length));
  const single = count(bounded, 1, () => true);
  let before = single;
  const frequent: Pattern[] = [];
  for (let length = 2; length <= MAX_LENGTH && before.size > 0; length++) {
    const parts = before;
    const isGrown = (sequence: readonly string[]): boolean =>
      length === 2 || (parts.has(keyOf(sequence.slice(0, -1))) && parts.has(keyOf(sequence.slice(1))));
    const found = new Map([...count(bounded, length, isGrown)].filter(([, support]) => support >= least));
    for (const [key, support] of found) {
      const capabilities = key.split(SEPARATOR);
      const prefix = keyOf(capabilities.slice(0, -1));
      frequent.push({ capabilities, support, confidence: round(support / (parts.get(prefix) ?? support)) });
    }
    before = found;
  }
  return frequent
    .filter(({ confidence }) => confidence >= MIN_CONFIDENCE)
    .filter((pattern, _, all) => !all.some((longer) => isPartOf(pattern, longer)))
    .sort((a, b) => b.support - a.support || (keyOf(a.capabilities) < keyOf(b.capabilities) ? -1 : 1));
}

const SEPARATOR = " > ";

function count(
  traces: readonly (readonly string[])[],
  length: number,
  isWanted: (sequence: readonly string[]) => boolean,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const trace of traces) {
    const own = new Set<string>();
    for (let at = 0; at + length <= trace.length; at++) {
      const sequence = trace.slice(at, at + length);
      if (isWanted(sequence)) own.add(keyOf(sequence));
    }
    for (const key of own) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function isPartOf(part: Pattern, whole: Pattern): boolean {
  return (
    whole.capabilities.length > part.capabilities.length &&
    ` > ${keyOf(whole.capabilities)} > `.includes(` > ${keyOf(part.capabilities)} > `) &&
    whole.support >= PART_OF * part.support
  );
}

function keyOf(sequence: readonly string[]): string {
  return sequence.join(SEPARATOR);
}

function round(share: number): number {
  return Math.round(share * 1000) / 1000;
}
