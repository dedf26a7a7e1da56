import { createHash } from "node:crypto";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import {
  EMPTY,
  type Leaves,
  addLeaves,
  consistencyProof,
  inclusionProof,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from "./merkle.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:checkpoint");

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const sha = (...parts: Uint8Array[]) => createHash("sha256").update(Buffer.concat(parts)).digest();

// RFC 6962 §2.1, word for word.
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha();
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return sha(Buffer.of(0), only);
  const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return sha(Buffer.of(1), naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)));
}

// The vectors of the Certificate Transparency reference implementation.
const LEAVES = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
];
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

test.for(ROOTS.map((root, size) => [size, root] as const))("the root of %i leaves", ([size, root]) => {
  const leaves = LEAVES.slice(0, size).map((leaf) => Buffer.from(leaf, "hex"));
  expect(hex(rootOf(addLeaves(EMPTY, leaves)))).toBe(root);
});

const trees = fc.array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 70 });
const sourceOf =
  (leaves: readonly Uint8Array[]): Leaves =>
  (from, to) =>
    leaves.slice(from, to);
const rootAt = (leaves: readonly Uint8Array[], size: number) => naiveRoot(leaves.slice(0, size));

test("every root is that of the recursive definition", () => {
  fc.assert(
    fc.property(trees, (leaves) => {
      expect(hex(rootOf(addLeaves(EMPTY, leaves)))).toBe(hex(naiveRoot(leaves)));
    }),
  );
});

test("an inclusion proof holds for its leaf and place alone", () => {
  fc.assert(
    fc.property(trees, fc.nat(), fc.nat(), (leaves, a, b) => {
      const index = a % leaves.length;
      const leaf = leaves[index] ?? Buffer.of();
      const proof = inclusionProof(sourceOf(leaves), index, leaves.length);
      const root = naiveRoot(leaves);
      expect(verifyInclusion(leaf, index, leaves.length, proof, root)).toBe(true);

      const otherLeaf = Buffer.concat([leaf, Buffer.of(1)]);
      expect(verifyInclusion(otherLeaf, index, leaves.length, proof, root)).toBe(false);
      expect(verifyInclusion(leaf, index, leaves.length, [...proof, root], root)).toBe(false);
      expect(verifyInclusion(leaf, leaves.length, leaves.length, proof, root)).toBe(false);
      expect(verifyInclusion(leaf, -1, leaves.length, proof, root)).toBe(false);
      if (proof.length === 0) return;
      expect(verifyInclusion(leaf, index, leaves.length, proof.slice(1), root)).toBe(false);
      expect(verifyInclusion(leaf, index, leaves.length, flipped(proof, b), root)).toBe(false);
    }),
  );
});

test("a consistency proof holds for its two trees alone", () => {
  fc.assert(
    fc.property(trees, fc.nat(), fc.nat(), (leaves, a, b) => {
      const to = leaves.length;
      const from = a % (to + 1);
      const proof = consistencyProof(sourceOf(leaves), from, to);
      const [fromRoot, toRoot] = [rootAt(leaves, from), rootAt(leaves, to)];
      expect(verifyConsistency(from, to, fromRoot, toRoot, proof)).toBe(true);

      expect(verifyConsistency(to + 1, to, fromRoot, toRoot, proof)).toBe(false);
      expect(verifyConsistency(from, to, fromRoot, toRoot, [...proof, toRoot])).toBe(false);
      if (from === 0) return;
      expect(verifyConsistency(from, to, sha(fromRoot), toRoot, proof)).toBe(false);
      expect(verifyConsistency(from, to, fromRoot, sha(toRoot), proof)).toBe(false);
      if (proof.length === 0) return;
      expect(verifyConsistency(from, to, fromRoot, toRoot, [])).toBe(false);
      expect(verifyConsistency(from, to, fromRoot, toRoot, flipped(proof, b))).toBe(false);
    }),
  );
});

function flipped(proof: readonly Uint8Array[], seed: number): Uint8Array[] {
  const place = seed % proof.length;
  return proof.map((hash, index) => {
    if (index !== place) return hash;
    const changed = Uint8Array.from(hash);
    changed[seed % 32] = (changed[seed % 32] ?? 0) ^ 1;
    return changed;
  });
}
