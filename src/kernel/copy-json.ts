import { pointerStep } from "../contract/json-pointer.ts";

const MAX_DEPTH = 200;
const MAX_SHOWN = 80;

/** What is wrong with a value that should be JSON, and where: a JSON pointer. */
export type JsonFault = { readonly at: string; readonly message: string };

/** A deep copy of plain JSON, or the first reason why it is none. Members that are `undefined` are left out. */
export function copyJson(value: unknown): { readonly copy: unknown } | { readonly fault: JsonFault } {
  const copier = new Copier();
  const copy = copier.copy(value, "", 0);
  return copier.fault === undefined ? { copy } : { fault: copier.fault };
}

class Copier {
  fault: JsonFault | undefined;

  copy(value: unknown, at: string, depth: number): unknown {
    // Goes no further after a fault: a cycle with two ways round would double the work at each level.
    if (this.fault !== undefined) return null;
    if (depth > MAX_DEPTH) return this.#refuse(at.slice(0, MAX_SHOWN), `has more than ${MAX_DEPTH} levels`);
    switch (typeof value) {
      case "string":
        return value.isWellFormed()
          ? value
          : this.#refuse(at, "has half of a surrogate pair, which is not valid text");
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) ? value : this.#refuse(at, `is ${value}, which JSON cannot hold`);
      case "object":
        if (value === null) return null;
        if (!Array.isArray(value)) return this.#copyObject(value, at, depth);
        return Array.from(value, (item: unknown, index) =>
          this.copy(item ?? null, at + pointerStep(index), depth + 1),
        );
      default:
        return this.#refuse(at, `is a ${typeof value}, which JSON cannot hold`);
    }
  }

  #copyObject(object: object, at: string, depth: number): unknown {
    const prototype: unknown = Object.getPrototypeOf(object);
    // A second realm (a test runner's) has another Object.prototype, which is also the end of its chain.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
      return this.#refuse(at, "is not a plain mapping");
    const copy: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(object)) {
      if (key === "__proto__") return this.#refuse(at, 'has the key "__proto__", which is not allowed');
      if (member !== undefined) copy[key] = this.copy(member, at + pointerStep(key), depth + 1);
    }
    return copy;
  }

  #refuse(at: string, message: string): null {
    this.fault = { at, message };
    return null;
  }
}
