import type { EventType } from "../contract/entry.ts";
import type { Image, TreeEntry } from "../contract/image.ts";
import type { WorkflowSpec } from "../contract/workflow.ts";
import type { Kernel } from "../kernel/invoke.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const TYPES = [
  "object-recorded",
  "run-started",
  "effect-intended",
  "undo-intended",
] as const satisfies EventType[];

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
  const workflows = new Map<string, WorkflowSpec>();
  const over = new Set<string>();
  // Sealed: a workflow must tell its days also after a secret in it was erased.
  for (const entry of ledger.entries({ types: TYPES, sealed: true })) {
    if (entry.type === "object-recorded") {
      if (entry.data.kind === "workflow") workflows.set(entry.data.digest, entry.data.value as WorkflowSpec);
    } else if (entry.type === "run-started") {
      const days = workflows.get(entry.data.spec)?.metadata.retention_days;
      if (isOver(ledger.run(entry.run)?.endedAt, days, now())) over.add(entry.run);
    } else if (!over.has(entry.run)) {
      for (const { before, after } of entry.data.changes) {
        need(before);
        need(after);
      }
    }
  }
  // A content that was kept a moment ago is for an effect that is not in the ledger yet.
  return workspace.blobs.collect((digest) => needed.has(digest), now() - DAY_MS);
}

/** Never over: a run that has not ended, and one whose days are not known. */
function isOver(endedAt: string | null | undefined, days: number | undefined, nowMs: number): boolean {
  return Date.parse(endedAt ?? "") + Number(days) * DAY_MS < nowMs;
}
