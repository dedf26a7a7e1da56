const MAX_DEPTH = 200;

/** What is wrong with a value that should be JSON, and where: a JSON pointer. */
export type JsonFault = { readonly at: string; readonly message: string };

/** A deep copy of plain JSON, or why it is none. Members that are `undefined` are left out. */
export function copyJson(value: unknown): { readonly copy: unknown } | { readonly fault: JsonFault } {
  try {
    return { copy: copyOf(value, "", 0) };
  } catch (error) {
    if (error instanceof Refusal) return { fault: error.fault };
    throw error;
  }
}

class Refusal extends Error {
  readonly fault: JsonFault;

  constructor(at: string, message: string) {
    super(message);
    this.fault = { at, message };
  }
}

function copyOf(value: unknown, at: string, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new Refusal(at.slice(0, 80), `has more than ${MAX_DEPTH} levels`);
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) throw new Refusal(at, "has a lone surrogate, which is not valid text");
      return value;
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new Refusal(at, `is ${value}, which JSON cannot hold`);
      return value;
    case "object":
      if (value === null) return null;
      return Array.isArray(value)
        ? value.map((item, index) => copyOf(item ?? null, `${at}/${index}`, depth + 1))
        : copyObject(value, at, depth);
    default:
      throw new Refusal(at, `is a ${typeof value}, which JSON cannot hold`);
  }
}

function copyObject(object: object, at: string, depth: number): Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(object);
  // A second realm (a test runner's) has another Object.prototype, which is also the end of its chain.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    throw new Refusal(at, "is not a plain mapping");
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(object)) {
    if (key === "__proto__") throw new Refusal(at, 'has the key "__proto__", which is not allowed');
    if (member !== undefined)
      copy[key] = copyOf(member, `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, depth + 1);
  }
  return copy;
}
