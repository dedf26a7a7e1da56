import type { Image, TreeEntry } from "../contract/image.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import type { Kernel } from "../kernel/invoke.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULT_DAYS = 90;

/**
 * Removes the kept contents that only runs need whose `retention_days` are over; these can no longer be undone.
 * Returns how many were removed.
 */
export function removeExpired({ ledger, workspace, now }: Kernel): number {
  const needed = new Set<string>();
  const need = (image: Image): void => {
    if (image.kind !== "file" && image.kind !== "tree") return;
    if (needed.has(image.hash)) return;
    needed.add(image.hash);
    if (image.kind === "tree" && workspace.blobs.has(image.hash))
      for (const inner of JSON.parse(workspace.blobs.read(image.hash).toString("utf8")) as TreeEntry[])
        need(inner.image);
  };
  const isOver = expiry(ledger, now());
  for (const entry of ledger.entries({ types: ["effect-intended", "undo-intended"], sealed: true })) {
    if (entry.type !== "effect-intended" && entry.type !== "undo-intended") continue;
    if (isOver(entry.run)) continue;
    for (const { before, after } of entry.data.changes) {
      need(before);
      need(after);
    }
  }
  // A content that was kept a moment ago is for an effect that is not in the ledger yet.
  return workspace.blobs.collect((digest) => needed.has(digest), now() - DAY_MS);
}

/** Tells of a run whether it ended longer ago than its workflow wants it kept. */
function expiry(ledger: Kernel["ledger"], nowMs: number): (run: string) => boolean {
  const known = new Map<string, boolean>();
  return (run) => {
    const present = known.get(run);
    if (present !== undefined) return present;
    const [started] = ledger.entries({ run, types: ["run-started"] });
    const spec =
      started?.type === "run-started"
        ? (ledger.object(started.data.spec) as WorkflowSpec | undefined)
        : undefined;
    const keptMs = (spec?.metadata.retention_days ?? DEFAULT_DAYS) * DAY_MS;
    const endedAt = ledger.run(run)?.endedAt ?? null;
    const isOver = endedAt !== null && Date.parse(endedAt) + keptMs < nowMs;
    known.set(run, isOver);
    return isOver;
  };
}
