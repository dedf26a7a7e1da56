import type { CapabilitySpec } from "../contract/capability.ts";
import { pointerParts, pointerStep, replaceAt } from "../contract/json-pointer.ts";
import { sensitivePointers } from "./sensitive.ts";

const SECRET = "(secret)";

type Values = Readonly<Record<string, unknown>>;

/** The inputs with `(secret)` in the place of each value that the contract marks as one. */
export function hideSecrets(spec: CapabilitySpec, inputs: Values): Values {
  return hideAt(inputs, sensitivePointers(spec.inputs), SECRET);
}

/** A copy with a mark in the place of each value at these JSON pointers; at the empty one, of every value. */
export function hideAt(values: Values, pointers: readonly string[], mark: string): Values {
  const all = pointers.includes("") ? Object.keys(values).map(pointerStep) : pointers;
  return all.reduce((copy, pointer) => replaceAt(copy, pointerParts(pointer), mark) as Values, values);
}
