import type { CapabilitySpec } from "../contract/capability.ts";
import { digestOf, sha256 } from "../contract/digest.ts";
import { toFailure } from "../contract/errors.ts";
import { namesSecrets } from "../contract/secret-names.ts";
import type { PlannedChange } from "../contract/planned-change.ts";
import { EMBEDDED } from "../contract/reach.ts";
import { changesBetween } from "../workspace/planned-changes.ts";
import { type PlannedDirectory, type PlannedNode, PlannedTree } from "../workspace/planned-tree.ts";
import type { LoadedCapability } from "./capabilities.ts";
import { describeChanges } from "./describe-changes.ts";
import type { Call } from "./invoke.ts";
import { runPlanned, staysInside } from "./planned-call.ts";
import { sensitivePointers } from "./sensitive.ts";

/** What a call would do to the files. `digest` is another one where it would do something else. */
export type Foreseen = {
  readonly digest: string;
  readonly changes: readonly PlannedChange[];
  readonly isAll: boolean;
  /** It would not do the same twice: only what lies there now is held to. */
  readonly isVague: boolean;
  /** It would fail, by this error. */
  readonly failure: string | null;
};

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_HASHED_BYTES = 8 * 1024 * 1024;
const MAX_MARKS = 10_000;
const MAX_DIFF_CHARACTERS = 512 * 1024;
const TIMEOUT_MS = 10_000;
const DAY_MS = 86_400_000;

/**
 * Finds out what a call would change, without doing any of it: its handler works on a copy in memory. Nothing for
 * handlers that do not come with the package, which nobody should run before somebody said yes, and for effects that
 * leave the workspace.
 */
export async function foresee(
  loaded: LoadedCapability,
  call: Pick<Call, "directory" | "prefix" | "step" | "idempotencyKey">,
  inputs: Record<string, unknown>,
  now: () => number,
): Promise<Foreseen | null> {
  const { spec, pack, handlerHash } = loaded;
  if (pack !== undefined || handlerHash === EMBEDDED || !staysInside(spec)) return null;
  const first = await tryOut(loaded, call, inputs, now);
  const again = await tryOut(loaded, call, inputs, () => now() + DAY_MS);
  const isVague = digestOf(first.marks) !== digestOf(again.marks);
  const { marks, changes, isAll, failure } = first;
  const held = isVague ? marks.map(({ path, before }) => ({ path, before })) : marks;
  return { digest: digestOf({ held, failure }), changes, isAll, isVague, failure };
}

type Mark = { readonly path: string; readonly before: string; readonly after: string };
type Tried = Pick<Foreseen, "changes" | "isAll" | "failure"> & { readonly marks: readonly Mark[] };

async function tryOut(
  loaded: LoadedCapability,
  { directory, prefix, step, idempotencyKey }: Parameters<typeof foresee>[1],
  inputs: Record<string, unknown>,
  now: () => number,
): Promise<Tried> {
  const tree = new PlannedTree(directory, MAX_BYTES);
  const before = tree.root;
  const shared = { tree, prefix, step, idempotencyKey, now, timeoutMs: TIMEOUT_MS, onRead: () => {} };
  try {
    await runPlanned(loaded, { ...shared, inputs: structuredClone(inputs) });
  } catch (error) {
    const { code, message } = toFailure(error);
    return { marks: [], changes: [], isAll: true, failure: `${code}: ${message}` };
  }
  const after = tree.root;
  const marks = marksOf(tree, before, after);
  const { changes, isAll } = describeChanges(tree, prefix, before, after, { left: MAX_DIFF_CHARACTERS });
  const isSecret = hasSecret(loaded.spec, inputs);
  return {
    marks,
    changes: changes.map((change) =>
      isSecret || namesSecrets(change.target) ? { ...change, diff: null } : change,
    ),
    isAll,
    failure: null,
  };
}

function hasSecret(spec: CapabilitySpec, inputs: Readonly<Record<string, unknown>>): boolean {
  return sensitivePointers(spec.inputs).some((pointer) => {
    const [, name = ""] = pointer.split("/");
    return name === "" || inputs[name.replaceAll("~1", "/").replaceAll("~0", "~")] !== undefined;
  });
}

function marksOf(tree: PlannedTree, before: PlannedDirectory, after: PlannedDirectory): Mark[] {
  const marks: Mark[] = [];
  const left = { bytes: MAX_BYTES };
  for (const change of changesBetween(tree, before, after)) {
    if (marks.length === MAX_MARKS) break;
    const { path } = change;
    const mark = (node: PlannedNode | undefined) => markOf(tree, path, node, left);
    marks.push({ path, before: mark(change.before), after: mark(change.after) });
  }
  return marks;
}

/** By content and permission bits, as conflicts are; a large file by what its directory says about it. */
function markOf(
  tree: PlannedTree,
  path: string,
  node: PlannedNode | undefined,
  left: { bytes: number },
): string {
  if (node === undefined) return "";
  if (node.kind === "link") return `link ${node.target}`;
  if (node.kind !== "file") return `${node.kind} ${node.mode}`;
  if (node.size > Math.min(MAX_HASHED_BYTES, left.bytes))
    return `file ${node.mode} ${node.size} ${node.mtimeMs}`;
  left.bytes -= node.size;
  return `file ${node.mode} ${sha256(tree.content(node, path))}`;
}
