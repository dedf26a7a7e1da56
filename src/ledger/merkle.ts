import { hash } from "node:crypto";

// The tree of RFC 6962 §2.1.

/** The leaves in a range of indices, `to` not included. */
export type Leaves = (from: number, to: number) => Iterable<Uint8Array>;

/** The roots of the perfect subtrees that a tree of `size` leaves consists of, the largest first. */
export type Frontier = { readonly size: number; readonly roots: readonly Uint8Array[] };

export const EMPTY: Frontier = { size: 0, roots: [] };

const LEAF = Buffer.of(0x00);
const NODE = Buffer.of(0x01);

/** The frontier with one more leaf. */
export function addLeaf(frontier: Frontier, leaf: Uint8Array): Frontier {
  const roots = [...frontier.roots];
  let node = leafHash(leaf);
  // Each trailing one bit of the size is a subtree that the new leaf completes.
  for (let size = frontier.size; size % 2 === 1; size = (size - 1) / 2)
    node = nodeHash(roots.pop() ?? node, node);
  roots.push(node);
  return { size: frontier.size + 1, roots };
}

export function addLeaves(frontier: Frontier, leaves: Iterable<Uint8Array>): Frontier {
  let grown = frontier;
  for (const leaf of leaves) grown = addLeaf(grown, leaf);
  return grown;
}

export function rootOf(frontier: Frontier): Uint8Array {
  if (frontier.size === 0) return hash("sha256", new Uint8Array(), "buffer");
  return frontier.roots.reduceRight((right, left) => nodeHash(left, right));
}

/** The hashes that lead from the leaf at `index` to the root of the first `size` leaves. */
export function inclusionProof(leaves: Leaves, index: number, size: number): Uint8Array[] {
  const proof: Uint8Array[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + largestPowerBelow(to - from);
    if (index < middle) {
      proof.push(rootOfRange(leaves, middle, to));
      to = middle;
    } else {
      proof.push(rootOfRange(leaves, from, middle));
      from = middle;
    }
  }
  return proof.reverse();
}

/** Whether the proof shows that `leaf` stands at `index` of the tree with this size and root. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (index < 0 || index >= size) return false;
  // RFC 9162 §2.1.3.2
  let position = index;
  let last = size - 1;
  let node = leafHash(leaf);
  for (const sibling of proof) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      node = nodeHash(sibling, node);
      while (position % 2 === 0 && position !== 0) {
        position = half(position);
        last = half(last);
      }
    } else node = nodeHash(node, sibling);
    position = half(position);
    last = half(last);
  }
  return last === 0 && equal(node, root);
}

/** The hashes that show the first `from` leaves to be a prefix of the first `to`. */
export function consistencyProof(leaves: Leaves, from: number, to: number): Uint8Array[] {
  if (from === 0 || from === to) return [];
  const proof: Uint8Array[] = [];
  let low = 0;
  let high = to;
  // Whether the left tree's root is still the old tree's, which the verifier has.
  let isOldRoot = true;
  while (from !== high) {
    const middle = low + largestPowerBelow(high - low);
    if (from <= middle) {
      proof.push(rootOfRange(leaves, middle, high));
      high = middle;
    } else {
      proof.push(rootOfRange(leaves, low, middle));
      low = middle;
      isOldRoot = false;
    }
  }
  if (!isOldRoot) proof.push(rootOfRange(leaves, low, high));
  return proof.reverse();
}

/** Whether the proof shows that the tree with `toRoot` begins with the tree with `fromRoot`. */
export function verifyConsistency(
  from: number,
  to: number,
  fromRoot: Uint8Array,
  toRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (from > to) return false;
  if (from === 0) return proof.length === 0;
  if (from === to) return proof.length === 0 && equal(fromRoot, toRoot);
  // RFC 9162 §2.1.4.2
  const path = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) return false;
  let position = from - 1;
  let last = to - 1;
  while (position % 2 === 1) {
    position = half(position);
    last = half(last);
  }
  let oldNode = first;
  let newNode = first;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      oldNode = nodeHash(sibling, oldNode);
      newNode = nodeHash(sibling, newNode);
      while (position % 2 === 0 && position !== 0) {
        position = half(position);
        last = half(last);
      }
    } else newNode = nodeHash(newNode, sibling);
    position = half(position);
    last = half(last);
  }
  return last === 0 && equal(oldNode, fromRoot) && equal(newNode, toRoot);
}

function rootOfRange(leaves: Leaves, from: number, to: number): Uint8Array {
  return rootOf(addLeaves(EMPTY, leaves(from, to)));
}

function leafHash(leaf: Uint8Array): Uint8Array {
  return hash("sha256", Buffer.concat([LEAF, leaf]), "buffer");
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash("sha256", Buffer.concat([NODE, left, right]), "buffer");
}

// Bit operations would cut sizes off at 2^31.
function half(value: number): number {
  return Math.floor(value / 2);
}

function isPowerOfTwo(value: number): boolean {
  return 2 ** Math.floor(Math.log2(value)) === value;
}

function largestPowerBelow(value: number): number {
  let power = 1;
  while (power * 2 < value) power *= 2;
  return power;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).equals(b);
}
