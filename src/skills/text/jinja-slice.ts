import { RuntimeError } from "../../contract/errors.ts";
import type { Value } from "./jinja-scope.ts";
import type { Work } from "./work.ts";

/** `value[start:stop:step]` of a list or a text, as in Python. @throws CONTENT_INVALID, LIMIT_EXCEEDED */
export function sliceValue(value: Value, bounds: readonly Value[], work: Work): Value {
  const items = typeof value === "string" ? Array.from(value) : value;
  if (!Array.isArray(items)) throw new RuntimeError("CONTENT_INVALID", `template slices a ${typeof value}`);
  work.spend(items.length);
  const step = bounds[2] === undefined ? 1 : Number(bounds[2]);
  if (!Number.isInteger(step) || step === 0)
    throw new RuntimeError("CONTENT_INVALID", "template slices with a step that is no step");
  const lowest = step > 0 ? 0 : -1;
  const highest = step > 0 ? items.length : items.length - 1;
  const clamp = (bound: Value, otherwise: number) => {
    if (bound === undefined || bound === null) return otherwise;
    const index = Number(bound);
    return Math.min(Math.max(index < 0 ? index + items.length : index, lowest), highest);
  };
  const start = clamp(bounds[0], step > 0 ? lowest : highest);
  const stop = clamp(bounds[1], step > 0 ? highest : lowest);
  const picked: unknown[] = [];
  for (let index = start; step > 0 ? index < stop : index > stop; index += step) picked.push(items[index]);
  return typeof value === "string" ? picked.join("") : picked;
}
