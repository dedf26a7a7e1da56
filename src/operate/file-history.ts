import type { Entry } from "../contract/entry.ts";
import type { Image } from "../contract/image.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { parsePath } from "../workspace/path.ts";
import { changeOf } from "./file-versions.ts";

// One answer looks at no more: a long ledger is gone through answer by answer.
const ENTRIES_IN_A_ROW = 5_000;

export type FileVersion = {
  readonly seq: number;
  readonly at: string;
  readonly run: string;
  readonly step: string;
  readonly isUndo: boolean;
  readonly before: Image;
  readonly after: Image;
};

/** What happened at a path, the newest first; `next` says before which entry to go on, null at the beginning. */
export function fileHistory(
  ledger: Pick<Ledger, "entries">,
  path: string,
  { before, limit }: { readonly before?: number | undefined; readonly limit: number },
): { readonly versions: readonly FileVersion[]; readonly next: number | null } {
  const wanted = parsePath(path).join("/");
  const versions: FileVersion[] = [];
  let looked = 0;
  for (const entry of ledger.entries({
    types: ["effect-intended", "undo-intended"],
    descending: true,
    sealed: true,
    ...(before === undefined ? {} : { beforeSeq: before }),
  })) {
    const found = versionOf(entry, wanted);
    if (found !== undefined) versions.push(found);
    if (++looked === ENTRIES_IN_A_ROW || versions.length === limit) return { versions, next: entry.seq };
  }
  return { versions, next: null };
}

function versionOf(
  entry: Entry<Extract<Entry, { type: "effect-intended" | "undo-intended" }>>,
  path: string,
): FileVersion | undefined {
  const change = changeOf(entry, path);
  if (change === undefined) return undefined;
  const { seq, at, run, step, type } = entry;
  return { seq, at, run, step, isUndo: type === "undo-intended", before: change.before, after: change.after };
}
