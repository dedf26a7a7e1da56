import type { Tone } from "../parts/glyph.tsx";
import type { Entry } from "../rest/operations.ts";

/** What an entry is about, in its own words: the first of these that its data has. */
const TELLING = ["reason", "capability", "name", "decision", "op", "key", "subject"] as const;

export function describeEntry({ type, data }: Entry): string {
  const failure = data["failure"];
  if (typeof failure === "object" && failure !== null && "code" in failure && "message" in failure)
    return `${String(failure.code)}: ${String(failure.message)}`;
  if (type === "effect-intended" || type === "undo-intended") return pathsOf(data["changes"]);
  for (const name of TELLING) {
    const value = data[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return "";
}

function pathsOf(changes: unknown): string {
  if (!Array.isArray(changes)) return "";
  return changes.map((change: { readonly path?: unknown }) => String(change.path)).join(", ");
}

const TONES: readonly (readonly [RegExp, Tone])[] = [
  [/^approval-requested|withheld|paused/, "wait"],
  [/failed|incomplete|refused|timed-out|panic-raised/, "bad"],
  [/undo|undone|rollback|rolled-back|redo/, "undone"],
  [/completed|approval-decided|confirmed/, "good"],
  [/effect-intended|started/, "active"],
];

export function toneOfEntry(type: string): Tone {
  return TONES.find(([pattern]) => pattern.test(type))?.[1] ?? "idle";
}
