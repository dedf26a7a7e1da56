import { isUtf8 } from "node:buffer";

import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";

import type { Image } from "../contract/image.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { changedPaths, netChanges } from "../workflow/changed-paths.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { contentOf } from "./file-versions.ts";

const MAX_TEXT_BYTES = 256 * 1024;
const MAX_DIFF_CHARACTERS = 512 * 1024;
const DIFF_TIME_MS = 500;

type Kept = Pick<Workspace, "blobs" | "root">;

export type PathDiff = {
  readonly kind: "created" | "changed" | "deleted" | "moved";
  readonly path: string;
  readonly movedFrom: string | null;
  /** Unified diff of a text; null for anything else, and where it would be too long. */
  readonly diff: string | null;
};

/**
 * What a run changed in the workspace and did not take back, from the contents that are kept for its undo and from the
 * files that are still as it left them.
 */
export function diffOfRun(
  { ledger, workspace }: { readonly ledger: Pick<Ledger, "entries">; readonly workspace: Kept },
  run: string,
): PathDiff[] {
  const net = netChanges(ledger, run);
  let left = MAX_DIFF_CHARACTERS;
  return changedPaths(ledger, run).map(({ kind, path, movedFrom }) => {
    const source = movedFrom === null ? net.get(path)?.before : net.get(movedFrom)?.before;
    const diff =
      left > 0 ? diffBetween(workspace, movedFrom ?? path, source, path, net.get(path)?.after) : null;
    left -= diff?.length ?? 0;
    return { kind, path, movedFrom, diff };
  });
}

function diffBetween(
  workspace: Kept,
  oldPath: string,
  before: Image | undefined,
  newPath: string,
  after: Image | undefined,
): string | null {
  if (before?.kind !== "file" && after?.kind !== "file") return null;
  const [from, to] = [textOf(workspace, oldPath, before), textOf(workspace, newPath, after)];
  if (from === undefined || to === undefined) return null;
  const names = [
    before?.kind === "file" ? `a/${oldPath}` : "/dev/null",
    after?.kind === "file" ? `b/${newPath}` : "/dev/null",
  ] as const;
  const options = { context: 3, timeout: DIFF_TIME_MS, headerOptions: FILE_HEADERS_ONLY } as const;
  const diff = createTwoFilesPatch(...names, from, to, undefined, undefined, options);
  return diff === undefined || diff.length > MAX_DIFF_CHARACTERS ? null : diff;
}

/** Empty where no file lay; `undefined` for what is no text, too long, or nowhere any more. */
function textOf(workspace: Kept, path: string, image: Image | undefined): string | undefined {
  if (image?.kind !== "file") return image === undefined || image.kind === "absent" ? "" : undefined;
  if (image.size > MAX_TEXT_BYTES) return undefined;
  const content = contentOf(workspace, path, image.hash);
  if (content === undefined || !isUtf8(content) || content.includes(0)) return undefined;
  return content.toString("utf8");
}
