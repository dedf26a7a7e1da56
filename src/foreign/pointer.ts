import { RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import { quoted } from "../contract/visible.ts";

const MAX_HOPS = 20;

/**
 * What a reference inside a document leads to.
 *
 * @throws SPEC_INVALID for one that leads out of the document, which is never fetched, and for one that leads nowhere
 */
export function resolvePointer(root: unknown, reference: string): unknown {
  const shown = JSON.stringify(quoted(reference, 100));
  if (!/^#(?:\/.*)?$/s.test(reference))
    throw new RuntimeError(
      "SPEC_INVALID",
      `The $ref ${shown} leads out of the document; only what begins with "#/" is followed, and nothing is fetched.`,
    );
  let value = root;
  for (const part of reference.split("/").slice(1)) {
    const key = decode(part);
    const isThere = Array.isArray(value)
      ? /^\d+$/.test(key) && Number(key) < value.length
      : isObject(value) && Object.hasOwn(value, key);
    if (!isThere) throw new RuntimeError("SPEC_INVALID", `The $ref ${shown} leads nowhere.`);
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

/** The object itself, where it is given by a reference. @throws SPEC_INVALID as above, and where it is no object */
export function resolveObject(root: unknown, value: unknown): Readonly<Record<string, unknown>> {
  let found = value;
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    if (!isObject(found)) throw new RuntimeError("SPEC_INVALID", "Something that must be an object is none.");
    if (typeof found["$ref"] !== "string") return found;
    found = resolvePointer(root, found["$ref"]);
  }
  throw new RuntimeError("SPEC_INVALID", `A $ref leads on more than ${MAX_HOPS} times, or to itself.`);
}

function decode(part: string): string {
  let text = part;
  try {
    text = decodeURIComponent(part);
  } catch {
    // A lone % stands for itself.
  }
  return text.replaceAll("~1", "/").replaceAll("~0", "~");
}
