import { randomBytes } from "node:crypto";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { canonicalJson } from "../contract/json.ts";
import type { KeyRing } from "./key-ring.ts";
import type { Box } from "./ledger.ts";
import { createSealer } from "./seal.ts";
import { type Beside, MAX_INLINE_LENGTH, markErased, readable, toPlain, toStored } from "./stored-value.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:durable", "ledger:closed");

const SECRET = "correct-horse-battery";

/** A key ring, and what lies beside a chain, in memory. */
function besideInMemory() {
  const keys = new Map<string, Buffer>();
  const ring: KeyRing = {
    find: (subject) => [keys.get(subject) ?? []].flat(),
    findOrMake(subject) {
      const key = keys.get(subject) ?? randomBytes(32);
      keys.set(subject, key);
      return key;
    },
    destroy: (subject) => void keys.delete(subject),
  };
  const sealer = createSealer(ring);
  sealer.addRecentSecret(SECRET);
  const boxes = new Map<string, Box>();
  const texts = new Map<string, string>();
  const beside: Beside = {
    sealer,
    box: (commitment) => boxes.get(commitment),
    text: (hash) => texts.get(hash),
  };
  const store = (value: unknown, ...sensitive: string[]) => {
    const stored = toStored(value, sealer, "run", new Set(sensitive));
    for (const box of stored.boxes) boxes.set(box.commitment, box);
    for (const [hash, text] of stored.texts) texts.set(hash, text);
    return JSON.parse(canonicalJson(stored.value)) as unknown;
  };
  return { beside, boxes, texts, keys, store };
}

const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    "$sealed",
    "$blob",
    "$literal",
    "$erased",
    "$sealed-key:x",
    "__proto__",
    "constructor",
    "toString",
  ),
  fc.string().map((around) => `${around}${SECRET}${around}`),
  fc.constant("long ".repeat(5000)),
);
const { tree: value } = fc.letrec<{ tree: unknown; node: unknown }>((tie) => ({
  tree: fc.oneof({ maxDepth: 5 }, text, fc.integer(), fc.boolean(), fc.constant(null), tie("node")),
  node: fc.oneof(fc.array(tie("tree"), { maxLength: 4 }), fc.dictionary(text, tie("tree"), { maxKeys: 4 })),
}));

test("every value comes back, and what is stored has neither a secret nor a long text", () => {
  fc.assert(
    fc.property(value, (plain) => {
      const { beside, store } = besideInMemory();
      const json = canonicalJson(plain);
      const stored = store(plain);
      expect(canonicalJson(toPlain(stored, beside))).toBe(json);
      expect(canonicalJson(stored)).not.toContain(SECRET);
      expect(canonicalJson(markErased(stored, beside))).toBe(canonicalJson(stored));
      const longest = (each: unknown): number =>
        typeof each === "object" && each !== null
          ? Math.max(0, ...Object.values(each).map(longest))
          : String(each).length;
      expect(longest(stored)).toBeLessThanOrEqual(MAX_INLINE_LENGTH);
    }),
  );
});

test.for<[string, unknown, unknown]>([
  ["a secret text", SECRET, { $sealed: expect.stringMatching(/^[0-9a-f]{64}$/), shape: "string" }],

  ["user data that looks sealed", { $sealed: "x" }, { $literal: { $sealed: "x" } }],
  ["user data that looks like a blob", [{ $blob: "x", size: 1 }], [{ $literal: { $blob: "x", size: 1 } }]],
  ["user data that looks literal", { $literal: { a: 1 } }, { $literal: { $literal: { a: 1 } } }],
  ["user data that looks erased", { $erased: "x" }, { $literal: { $erased: "x" } }],
  ["both at once", { $sealed: "x", [SECRET]: 1 }, { $sealed: expect.any(String), shape: "object" }],
  ["a harmless value", { a: ["$sealed", { b: null }] }, { a: ["$sealed", { b: null }] }],
])("%s is stored so", ([, plain, expected]) => {
  const { beside, store } = besideInMemory();
  const stored = store(plain);
  expect(stored).toEqual(expected);
  expect(toPlain(stored, beside)).toEqual(plain);
});

test.for<[string, string, unknown, string]>([
  ["a text", "/a/b", "1234", "string"],
  ["a number", "/a/b", 42, "number"],
  ["nothing", "/a/b", null, "null"],
  ["a list", "/a/b", [1], "array"],
  ["an object", "/a/b", { c: 1 }, "object"],
  ["a truth", "/a/b", true, "boolean"],
])("%s is sealed where the contract says that it is sensitive", ([, pointer, secret, shape]) => {
  const { beside, store } = besideInMemory();
  const stored = store({ a: { b: secret, c: 1 } }, pointer);
  expect(stored).toEqual({ a: { b: { $sealed: expect.any(String), shape }, c: 1 } });
  expect(toPlain(stored, beside)).toEqual({ a: { b: secret, c: 1 } });
});

test("pointers reach members with / and ~ in their names, and elements of lists", () => {
  const { store } = besideInMemory();
  const stored = store({ "a/b~c": [1, 2] }, "/a~1b~0c/1");
  expect(stored).toEqual({ "a/b~c": [1, { $sealed: expect.any(String), shape: "number" }] });
});

test("the same value has another commitment each time", () => {
  const { store, boxes } = besideInMemory();
  store([SECRET, SECRET]);
  expect(boxes.size).toBe(2);
});

test.for<[string, (world: ReturnType<typeof besideInMemory>) => void, string]>([
  ["the box is gone", ({ boxes }) => boxes.clear(), "PLAINTEXT_ERASED"],
  ["the key is gone", ({ keys }) => keys.clear(), "PLAINTEXT_ERASED"],
  ["the key is another", ({ keys }) => keys.set("run", randomBytes(32)), "LEDGER_CORRUPT"],
  [
    "the box was changed",
    ({ boxes }) => edit(boxes, (box) => ({ ...box, sealed: Buffer.from(box.sealed).fill(1, 0, 1) })),
    "LEDGER_CORRUPT",
  ],
  [
    "the box is cut",
    ({ boxes }) => edit(boxes, (box) => ({ ...box, sealed: box.sealed.subarray(0, 20) })),
    "LEDGER_CORRUPT",
  ],
  ["boxes were swapped", ({ boxes }) => swap(boxes), "LEDGER_CORRUPT"],
  ["the text is gone", ({ texts }) => texts.clear(), "LEDGER_CORRUPT"],
  [
    "the text was changed",
    ({ texts }) => texts.forEach((each, hash) => texts.set(hash, `${each}!`)),
    "LEDGER_CORRUPT",
  ],
])("a value is not revealed when %s", ([, damage, code]) => {
  const world = besideInMemory();
  const stored = world.store([SECRET, `${SECRET} and another`, "x".repeat(20_000)]);
  damage(world);
  expect(() => toPlain(stored, world.beside)).toThrow(expect.objectContaining({ code }));
});

test("what was erased is marked in a sealed reading", () => {
  const { beside, boxes, store } = besideInMemory();
  const stored = store({ a: SECRET, b: { $erased: "x" }, c: { [SECRET]: 1 }, d: "y".repeat(20_000) });
  const commitment = (stored as { a: { $sealed: string } }).a.$sealed;
  boxes.clear();
  expect(markErased(stored, beside)).toEqual({ ...(stored as object), a: { $erased: commitment } });
});

test("without keys, everything but the sealed parts can be read", () => {
  const { store } = besideInMemory();
  const stored = store({ a: { $blob: "x" }, b: SECRET, c: { [SECRET]: 1 }, d: "y".repeat(20_000) });
  expect(readable(stored)).toEqual({ ...(stored as object), a: { $blob: "x" } });
});

function edit(boxes: Map<string, Box>, change: (box: Box) => Box): void {
  for (const [commitment, box] of boxes) boxes.set(commitment, change(box));
}

function swap(boxes: Map<string, Box>): void {
  const [first, second] = [...boxes.values()];
  if (first === undefined || second === undefined) throw new Error("two boxes are needed");
  boxes.set(first.commitment, { ...second, commitment: first.commitment });
}
