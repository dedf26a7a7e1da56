import type { PlannedDirectory, PlannedFile, PlannedNode, PlannedTree } from "./planned-tree.ts";

const MAX_COMPARED_BYTES = 64 * 1024 * 1024;

/** One path that a plan would change; `undefined` where nothing lies. */
export type FileChange = {
  readonly path: string;
  readonly before: PlannedNode | undefined;
  readonly after: PlannedNode | undefined;
};

/** The net difference between two states of a tree, by path; a directory comes before what is in it. */
export function* changesBetween(
  tree: PlannedTree,
  before: PlannedDirectory,
  after: PlannedDirectory,
  above: readonly string[] = [],
): Generator<FileChange> {
  if (before === after) return;
  for (const name of namesThatDiffer(tree, before, after, above.join("/")))
    yield* changesAt(tree, [...above, name], tree.child(before, name), tree.child(after, name));
}

function* changesAt(
  tree: PlannedTree,
  at: readonly string[],
  before: PlannedNode | undefined,
  after: PlannedNode | undefined,
): Generator<FileChange> {
  const path = at.join("/");
  if (before?.kind === "dir" && after?.kind === "dir") yield* changesBetween(tree, before, after, at);
  else if (before?.kind === "dir" || after?.kind === "dir") {
    yield* all(tree, at, before, (node, inner) => ({ path: inner, before: node, after: undefined }));
    yield* all(tree, at, after, (node, inner) => ({ path: inner, before: undefined, after: node }));
  } else if (!isSame(tree, path, before, after)) yield { path, before, after };
}

function* all(
  tree: PlannedTree,
  at: readonly string[],
  node: PlannedNode | undefined,
  change: (node: PlannedNode, path: string) => FileChange,
): Generator<FileChange> {
  if (node === undefined) return;
  const path = at.join("/");
  yield change(node, path);
  if (node.kind === "dir")
    for (const [name, inner] of tree.children(node, path)) yield* all(tree, [...at, name], inner, change);
}

/** Of two states of one real directory, only what the plan put there can differ. */
function namesThatDiffer(
  tree: PlannedTree,
  before: PlannedDirectory,
  after: PlannedDirectory,
  path: string,
): string[] {
  const isOne = before.origin !== null && before.origin.join("/") === after.origin?.join("/");
  const namesOf = (directory: PlannedDirectory) =>
    isOne ? [...directory.entries.keys()] : tree.children(directory, path).map(([name]) => name);
  return [...new Set([...namesOf(before), ...namesOf(after)])].sort();
}

function isSame(
  tree: PlannedTree,
  path: string,
  before: PlannedNode | undefined,
  after: PlannedNode | undefined,
): boolean {
  if (before === after) return true;
  if (before?.kind === "file" && after?.kind === "file")
    return before.mode === after.mode && hasSameContent(tree, path, before, after);
  if (before?.kind === "link" && after?.kind === "link") return before.target === after.target;
  return false;
}

function hasSameContent(tree: PlannedTree, path: string, before: PlannedFile, after: PlannedFile): boolean {
  if (before.size !== after.size) return false;
  if (before.bytes !== null && before.bytes === after.bytes) return true;
  if (before.origin !== null && before.origin.join("/") === after.origin?.join("/")) return true;
  return before.size <= MAX_COMPARED_BYTES && tree.content(before, path).equals(tree.content(after, path));
}
