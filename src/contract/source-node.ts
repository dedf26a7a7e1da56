/** Where a value of a spec file stands: offsets into the text, in the shape of the value. */
export type SourceNode = {
  readonly start: number;
  /** Of the key that the value belongs to; of the value itself in a list. */
  readonly keyStart: number;
  readonly children: ReadonlyMap<string, SourceNode>;
};

export type SourceFault = { readonly offset: number; readonly message: string };

/** A text as a value, and as far as it could be read; `faults` is empty for a sound one. */
export type SourceTree = {
  readonly value: unknown;
  readonly root: SourceNode;
  readonly faults: readonly SourceFault[];
};

/** Containers inside containers. */
export const MAX_DEPTH = 64;

/** A reader stops at so many, and a message names no more. */
export const MAX_FAULTS = 50;

/** Why a key cannot be used beside others, or `undefined`. */
export function faultOfKey(key: string, others: ReadonlyMap<string, unknown>): string | undefined {
  if (others.has(key)) return `the key "${key}" is there twice`;
  if (key === "__proto__" || key === "constructor" || key === "prototype")
    return `the key "${key}" is not allowed`;
  if (key === "<<") return "merge keys (<<) are not supported; repeat the fields";
  return faultOfText(key);
}

/** Why a text cannot be part of a spec, or `undefined`. */
export function faultOfText(text: string): string | undefined {
  return text.isWellFormed() ? undefined : "half of a surrogate pair is not valid text";
}
