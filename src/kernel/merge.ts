import type { FileImage } from "../contract/image.ts";
import type { Standing } from "../workspace/carry-out.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { conflict } from "./undo-conflict.ts";

/**
 * A three-way merge for text: what the effect changed is taken back from the file as it is now, and what others
 * changed since stays.
 *
 * @throws UNDO_CONFLICT where a path is no text, or both changed the same lines
 */
export async function mergeStandings(
  workspace: Workspace,
  standings: readonly Standing[],
  conflicts: readonly Standing[],
): Promise<Standing[]> {
  const merged = new Map<Standing, Standing>();
  const failed: Standing[] = [];
  for (const standing of conflicts) {
    const image = await mergeText(workspace, standing);
    if (image === undefined) failed.push(standing);
    else merged.set(standing, { ...standing, change: { ...standing.change, after: image } });
  }
  if (failed.length > 0) throw conflict(failed);
  return standings.map((standing) => merged.get(standing) ?? standing);
}

async function mergeText(
  workspace: Workspace,
  { change, present }: Standing,
): Promise<FileImage | undefined> {
  const { before: left, after: target } = change;
  if (left.kind !== "file" || target.kind !== "file" || present.kind !== "file") return undefined;
  const texts = [left, target, present].map((image) => textOf(workspace, image));
  const [base, wanted, now] = texts;
  if (base === undefined || wanted === undefined || now === undefined) return undefined;
  const { applyPatch, structuredPatch } = await import("diff");
  const result = applyPatch(now, structuredPatch("", "", base, wanted), { fuzzFactor: 0 });
  if (result === false) return undefined;
  const bytes = Buffer.from(result);
  return { ...target, hash: await workspace.blobs.keepBytes(bytes), size: bytes.length, mode: present.mode };
}

function textOf(workspace: Workspace, image: FileImage): string | undefined {
  if (!workspace.blobs.has(image.hash)) return undefined;
  const bytes = workspace.blobs.read(image.hash);
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : undefined;
}
