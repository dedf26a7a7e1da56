import { sha256 } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import type { Box, Sealer } from "./ledger.ts";

/** A value as the chain holds it, and what is kept beside the chain for it. */
export type Stored = {
  readonly value: unknown;
  readonly boxes: readonly Box[];
  readonly texts: ReadonlyMap<string, string>;
};

/** Where the parts that lie beside the chain are found again. */
export type Beside = {
  box(commitment: string): Box | undefined;
  text(hash: string): string | undefined;
  readonly sealer: Sealer;
};

/** Longer strings are kept beside the chain, once for each content. */
export const MAX_INLINE_LENGTH = 16 * 1024;

const RESERVED = ["$sealed", "$blob", "$literal", "$erased"];
const SEALED_KEY = "$sealed-key:";

const NONE: ReadonlySet<string> = new Set();

/** `false` only where the stored form of this canonical JSON is the JSON itself, secrets aside. */
export function hasSpecialForm(json: string): boolean {
  return json.length > MAX_INLINE_LENGTH || json.includes('"$');
}

/**
 * Replaces secrets by commitments, long strings by their hash, and protects user data that looks like such a
 * replacement. `sensitive` are JSON pointers to values that are sealed whatever they look like; other members of the
 * value itself that are named in `kept` stay as they are, and where any are, all its names do.
 */
export function toStored(
  plain: unknown,
  sealer: Sealer,
  subject: string,
  sensitive: ReadonlySet<string>,
  kept: ReadonlySet<string> = NONE,
): Stored {
  const boxes: Box[] = [];
  const texts = new Map<string, string>();

  const seal = (value: unknown) => {
    const box = sealer.seal(subject, value);
    boxes.push(box);
    return box.commitment;
  };
  const sealed = (value: unknown) => ({ $sealed: seal(value), shape: shapeOf(value) });

  const store = (value: unknown, member: string, pointer: string): unknown => {
    if (sensitive.has(pointer)) return sealed(value);
    if (typeof value === "string") return storeText(value, member);
    if (Array.isArray(value)) return value.map((item, index) => store(item, "", `${pointer}/${index}`));
    if (!isObject(value)) return value;
    return storeObject(value, pointer);
  };

  const storeText = (text: string, member: string): unknown => {
    if (sealer.isSecret(text, member)) return sealed(text);
    if (text.length <= MAX_INLINE_LENGTH) return text;
    const hash = sha256(text);
    texts.set(hash, text);
    return { $blob: hash, size: Buffer.byteLength(text) };
  };

  const storeObject = (object: { readonly [key: string]: unknown }, pointer: string): unknown => {
    const keys = Object.keys(object);
    const looksStored = keys.some((key) => RESERVED.includes(key) || key.startsWith(SEALED_KEY));
    const areOurs = pointer === "" && kept.size > 0;
    const secretKeys = new Set(areOurs ? [] : keys.filter((key) => sealer.isSecret(key, "")));
    if (looksStored && secretKeys.size > 0) return sealed(object);
    const members = keys.map((key) => [
      secretKeys.has(key) ? SEALED_KEY + seal(key) : key,
      areOurs && kept.has(key) && !sensitive.has(`/${key}`)
        ? object[key]
        : store(object[key], key, `${pointer}/${escapePointer(key)}`),
    ]);
    const stored: unknown = Object.fromEntries(members);
    return looksStored ? { $literal: stored } : stored;
  };

  return { value: store(plain, "", ""), boxes, texts };
}

/**
 * The plain value of a stored one.
 *
 * @throws PLAINTEXT_ERASED; LEDGER_CORRUPT where what lies beside the chain is not what the chain names
 */
export function toPlain(stored: unknown, beside: Beside): unknown {
  return replace(stored, {
    sealed: (commitment) => openBox(commitment, beside),
    key: (commitment) => String(openBox(commitment, beside)),
    blob: (hash) => readText(hash, beside),
    literal: (object, recurse) => mapMembers(object, recurse),
  });
}

/** The stored value as it lies in the chain, where `$erased` stands for what can never be revealed again. */
export function markErased(stored: unknown, beside: Pick<Beside, "box">): unknown {
  return replace(stored, {
    sealed: (commitment, marker) => (beside.box(commitment) === undefined ? { $erased: commitment } : marker),
    key: (commitment) => SEALED_KEY + commitment,
    blob: (_hash, marker) => marker,
    literal: (object, recurse) => ({ $literal: mapMembers(object, recurse) }),
  });
}

/** What a stored value refers to beside the chain: commitments of boxes, hashes of long texts. */
export function references(stored: unknown): {
  readonly boxes: readonly string[];
  readonly texts: readonly string[];
} {
  const boxes: string[] = [];
  const texts: string[] = [];
  replace(stored, {
    sealed: (commitment) => boxes.push(commitment),
    key: (commitment) => String(boxes.push(commitment)),
    blob: (hash) => texts.push(hash),
    literal: (object, recurse) => Object.values(object).map(recurse),
  });
  return { boxes, texts };
}

/** As much of the plain value as can be told without a key: the markers stay. */
export function readable(stored: unknown): unknown {
  return replace(stored, {
    sealed: (_commitment, marker) => marker,
    key: (commitment) => SEALED_KEY + commitment,
    blob: (_hash, marker) => marker,
    literal: (object, recurse) => mapMembers(object, recurse),
  });
}

type Plain = { readonly [key: string]: unknown };
type Replacement = {
  sealed(commitment: string, marker: Plain): unknown;
  key(commitment: string): string;
  blob(hash: string, marker: Plain): unknown;
  literal(object: Plain, recurse: (value: unknown) => unknown): unknown;
};

/** Rebuilds a stored value with its markers replaced; an unknown use of a reserved name stays as it is. */
export function replace(stored: unknown, by: Replacement): unknown {
  const recurse = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => recurse(item));
    if (!isObject(value)) return value;
    if (typeof value["$sealed"] === "string") return by.sealed(value["$sealed"], value);
    if (typeof value["$blob"] === "string") return by.blob(value["$blob"], value);
    if (isObject(value["$literal"])) return by.literal(value["$literal"], recurse);
    return mapMembers(value, recurse, (key) =>
      key.startsWith(SEALED_KEY) ? by.key(key.slice(SEALED_KEY.length)) : key,
    );
  };
  return recurse(stored);
}

// Not by assignment, which would take a member named __proto__ for the prototype.
function mapMembers(object: Plain, map: (value: unknown) => unknown, mapKey = (key: string) => key): unknown {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [mapKey(key), map(value)]));
}

function openBox(commitment: string, beside: Beside): unknown {
  const box = beside.box(commitment);
  if (box === undefined)
    throw new RuntimeError("PLAINTEXT_ERASED", `The value sealed as ${commitment} was erased.`);
  return beside.sealer.open(box);
}

function readText(hash: string, beside: Beside): string {
  const text = beside.text(hash);
  if (text === undefined || sha256(text) !== hash)
    throw new RuntimeError(
      "LEDGER_CORRUPT",
      `The text ${hash} that an entry refers to is missing or was changed.`,
    );
  return text;
}

function shapeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

// RFC 6901 §3
function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
