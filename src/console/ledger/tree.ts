import { type Bytes, equal, sha256 } from "./bytes.ts";

// The tree of RFC 6962 §2.1.
const LEAF = Uint8Array.of(0x00);
const NODE = Uint8Array.of(0x01);

export const leafHash = (leaf: Bytes): Promise<Bytes> => sha256(LEAF, leaf);
const nodeHash = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(NODE, left, right);

/** The roots of the perfect subtrees that a tree of so many leaves consists of, the largest first. */
export type Frontier = { readonly size: number; readonly roots: readonly Bytes[] };

export const EMPTY: Frontier = { size: 0, roots: [] };

/** The frontier with one more leaf, which is hashed already. */
export async function addLeaf({ size, roots }: Frontier, hashed: Bytes): Promise<Frontier> {
  const grown = [...roots];
  let node = hashed;
  // Each trailing one bit of the size is a subtree that the new leaf completes.
  for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2)
    node = await nodeHash(grown.pop() ?? node, node);
  grown.push(node);
  return { size: size + 1, roots: grown };
}

export async function rootOf({ roots }: Frontier): Promise<Bytes> {
  let root = roots.at(-1) ?? (await sha256(new Uint8Array()));
  for (const left of roots.slice(0, -1).toReversed()) root = await nodeHash(left, root);
  return root;
}

/** Whether the hashes lead from a leaf to the root of the tree with that size (RFC 9162 §2.1.3.2). */
export async function isIncluded(
  leaf: Bytes,
  index: number,
  size: number,
  hashes: readonly Bytes[],
  root: Bytes,
): Promise<boolean> {
  if (index < 0 || index >= size) return false;
  let position = index;
  let last = size - 1;
  let node = await leafHash(leaf);
  for (const sibling of hashes) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      node = await nodeHash(sibling, node);
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else node = await nodeHash(node, sibling);
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equal(node, root);
}
