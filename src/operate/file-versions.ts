import { sha256 } from "../contract/digest.ts";
import type { Entry } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Image } from "../contract/image.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { parsePath } from "../workspace/path.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { readWorkspaceFile } from "./workspace-files.ts";

type Kept = Pick<Workspace, "blobs" | "root">;

/** Which side of a change is meant: what lay at the path before it, or after. */
export type Side = "before" | "after";

/** What lay at a path before or after the change of one entry. @throws INPUT_INVALID where that entry did not change it */
export function imageAt(ledger: Pick<Ledger, "entries">, path: string, seq: number, side: Side): Image {
  const wanted = parsePath(path).join("/");
  const types = ["effect-intended", "undo-intended"] as const;
  const [entry] = ledger.entries({ types, afterSeq: seq - 1, beforeSeq: seq + 1, sealed: true });
  const change = entry === undefined ? undefined : changeOf(entry, wanted);
  if (change !== undefined) return change[side];
  throw new RuntimeError("INPUT_INVALID", `seq: the entry ${seq} did not change "${path}".`);
}

export function changeOf(
  { data }: Entry<Extract<Entry, { type: "effect-intended" | "undo-intended" }>>,
  path: string,
): { readonly before: Image; readonly after: Image } | undefined {
  return data.changes.find((each) => each.path === path);
}

/** Whether the content of an image can still be had: nothing has none, and counts as kept. */
export function isKept(workspace: Kept, path: string, image: Image): boolean {
  if (image.kind === "absent") return true;
  return image.kind === "file" && contentOf(workspace, path, image.hash) !== undefined;
}

/** The content of a file of that hash: as it was kept for an undo, or as it lies there now. */
export function contentOf(workspace: Kept, path: string, hash: string): Buffer | undefined {
  try {
    if (workspace.blobs.has(hash)) return workspace.blobs.read(hash);
    const present = readWorkspaceFile(workspace, path);
    return sha256(present) === hash ? present : undefined;
  } catch (error) {
    if (error instanceof RuntimeError) return undefined;
    throw error;
  }
}

/** The content of a file image. @throws FILE_NOT_FOUND for any other, PREIMAGE_MISSING where it is nowhere any more */
export function readVersion(workspace: Kept, path: string, image: Image): Buffer {
  if (image.kind !== "file")
    throw new RuntimeError(
      "FILE_NOT_FOUND",
      `"${path}" was no file then: ${image.kind === "absent" ? "nothing lay there" : `a ${image.kind}`}.`,
    );
  const content = contentOf(workspace, path, image.hash);
  if (content !== undefined) return content;
  throw new RuntimeError("PREIMAGE_MISSING", `That content of "${path}" was not kept.`);
}
