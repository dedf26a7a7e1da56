import { sha256 } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Image } from "../contract/image.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Panel, RunOptions } from "../workflow/runtime.ts";
import { parsePath } from "../workspace/path.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { fileHistory } from "./file-history.ts";
import { imageAt, readVersion, type Side } from "./file-versions.ts";
import { readWorkspaceFile } from "./workspace-files.ts";

type Site = {
  readonly ledger: Pick<Ledger, "entries">;
  readonly workspace: Pick<Workspace, "blobs" | "root">;
  readonly panel: Pick<Panel, "start">;
};

export type Restoring = {
  readonly path: string;
  readonly seq: number;
  readonly side: Side;
  /** SHA-256 of what must lie there now, null for nothing; without it, what the newest change left. */
  readonly expected?: string | null | undefined;
  readonly reason: string;
};

/** Names it in errors. */
const FILE = "the restoring of a file";

/**
 * Starts a run that gives one file a content that it had before. It is a run like any other: decided about, recorded,
 * undone as a whole. Where somebody changed the file since, nothing is done: neither now nor when the run comes to it.
 * Only the content comes back; a file keeps its permission bits.
 *
 * @throws UNDO_CONFLICT; INPUT_INVALID; STATE_CONFLICT where it has that content; FILE_NOT_FOUND where it was no file;
 * PREIMAGE_MISSING; as `start`
 */
export async function restoreFile(
  site: Site,
  restoring: Restoring,
  options: Pick<RunOptions, "run" | "correlation"> = {},
): ReturnType<Panel["start"]> {
  const { path } = restoring;
  const { step, inputs } = planRestore(site, restoring);
  const spec = {
    name: "restore_file",
    version: "1.0.0",
    description: `Gives "${path}" the content from ${restoring.side} entry ${restoring.seq}: ${restoring.reason}`,
    metadata: { owner: "runtime" },
    steps: [{ name: "restore", capability_name: step, inputs: templatesFor(inputs), max_retries: 0 }],
  };
  return site.panel.start({ file: FILE, text: JSON.stringify(spec) }, { ...options, inputs });
}

type Call = { readonly step: string; readonly inputs: Readonly<Record<string, unknown>> };

function planRestore({ ledger, workspace }: Site, restoring: Restoring): Call {
  const { path, seq, side } = restoring;
  const target = imageAt(ledger, path, seq, side);
  const present = presentAt(workspace, path);
  const expected = restoring.expected === undefined ? lastKnown(ledger, path) : restoring.expected;
  if (present !== expected)
    throw new RuntimeError(
      "UNDO_CONFLICT",
      `Changed by somebody else since: "${path}" (${show(expected)} expected, ${show(present)} found). Nothing was touched.`,
      { details: [{ path, expected, found: present }] },
    );
  if (present === (target.kind === "file" ? target.hash : null))
    throw new RuntimeError("STATE_CONFLICT", `"${path}" is as it was ${side} entry ${seq}.`);
  if (target.kind === "absent")
    return { step: "io.fs.delete", inputs: { path, expected_checksum: String(present) } };
  const content = readVersion(workspace, path, target).toString("base64");
  const guard = present === null ? { create_dirs: true } : { overwrite: true, expected_checksum: present };
  return { step: "io.fs.write_bytes", inputs: { path, content_base64: content, ...guard } };
}

function templatesFor(inputs: Call["inputs"]): Record<string, string> {
  return Object.fromEntries(Object.keys(inputs).map((name) => [name, `{{ ${name} }}`]));
}

/** The hash of the file at a path; null where nothing lies. @throws INPUT_INVALID for anything else */
function presentAt(workspace: Site["workspace"], path: string): string | null {
  try {
    return sha256(readWorkspaceFile(workspace, path));
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "FILE_NOT_FOUND") return null;
    throw error;
  }
}

/** What the newest change left at the path. */
function lastKnown(ledger: Site["ledger"], path: string): string | null {
  const wanted = parsePath(path).join("/");
  let before: number | undefined;
  for (;;) {
    const { versions, next } = fileHistory(ledger, wanted, { before, limit: 1 });
    const [newest] = versions;
    if (newest !== undefined) return hashOf(newest.after);
    if (next === null) return null;
    before = next;
  }
}

function hashOf(image: Image): string | null {
  return image.kind === "file" ? image.hash : null;
}

function show(hash: string | null): string {
  return hash === null ? "nothing" : `a file ${hash.slice(0, 8)}…`;
}
