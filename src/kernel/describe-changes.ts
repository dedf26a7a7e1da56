import { isUtf8 } from "node:buffer";

import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";

import { changesBetween, type FileChange } from "../workspace/planned-changes.ts";
import type { PlannedDirectory, PlannedNode, PlannedTree } from "../workspace/planned-tree.ts";
import type { PlannedChange } from "../contract/planned-change.ts";

const MAX_CHANGES = 1000;
const MAX_TEXT_BYTES = 256 * 1024;
const DIFF_TIME_MS = 500;

/** How many characters of diffs a plan still shows. */
export type DiffBudget = { left: number };

/**
 * What differs between two states, as a plan shows it; at most 1,000 paths, and whether those are all.
 *
 * @throws OS_PERMISSION where something became unreadable in between
 */
export function describeChanges(
  tree: PlannedTree,
  prefix: readonly string[],
  before: PlannedDirectory,
  after: PlannedDirectory,
  budget: DiffBudget,
): { readonly changes: PlannedChange[]; readonly isAll: boolean } {
  const changes: PlannedChange[] = [];
  for (const change of changesBetween(tree, before, after)) {
    if (changes.length === MAX_CHANGES) return { changes, isAll: false };
    changes.push(describeChange(tree, prefix, change, budget));
  }
  return { changes, isAll: true };
}

function describeChange(
  tree: PlannedTree,
  prefix: readonly string[],
  change: FileChange,
  budget: DiffBudget,
): PlannedChange {
  const { before, after } = change;
  const target = [...prefix, change.path].join("/");
  const isFile = before?.kind === "file" || after?.kind === "file";
  return {
    kind: kindOf(before, after),
    target,
    diff: isFile ? diffOf(tree, target, change, budget) : null,
    bytes: isFile ? { before: bytesOf(before), after: bytesOf(after) } : null,
  };
}

function kindOf(before: PlannedNode | undefined, after: PlannedNode | undefined): PlannedChange["kind"] {
  if (after === undefined) return "delete";
  if (after.kind === "dir") return "make-dir";
  return before === undefined ? "create" : "change";
}

function bytesOf(node: PlannedNode | undefined): number | null {
  return node?.kind === "file" ? node.size : null;
}

function diffOf(
  tree: PlannedTree,
  target: string,
  { before, after }: FileChange,
  budget: DiffBudget,
): string | null {
  const [from, to] = [textOf(tree, target, before), textOf(tree, target, after)];
  if (from === undefined || to === undefined || budget.left <= 0) return null;
  const [oldName, newName] = [
    before === undefined ? "/dev/null" : `a/${target}`,
    after === undefined ? "/dev/null" : `b/${target}`,
  ];
  const options = { context: 3, timeout: DIFF_TIME_MS, headerOptions: FILE_HEADERS_ONLY } as const;
  const diff = createTwoFilesPatch(oldName, newName, from, to, undefined, undefined, options);
  if (diff === undefined || diff.length > budget.left) return null;
  budget.left -= diff.length;
  return diff;
}

/** The text of a file; empty where nothing lies, `undefined` for what is no text or too long. */
function textOf(tree: PlannedTree, path: string, node: PlannedNode | undefined): string | undefined {
  if (node === undefined) return "";
  if (node.kind !== "file" || node.size > MAX_TEXT_BYTES) return undefined;
  try {
    const content = tree.content(node, path);
    return isUtf8(content) && !content.includes(0) ? content.toString("utf8") : undefined;
  } catch {
    // Somebody took the file away since; the change itself stays worth showing.
    return undefined;
  }
}
