import { isObject } from "../contract/json.ts";
import { pointerParts } from "../contract/json-pointer.ts";
import { looksSecret, mayHoldSecret } from "../ledger/secret-scan.ts";

const REDACTED = "***REDACTED***";

type Values = Readonly<Record<string, unknown>>;

/** A copy without the values at these JSON pointers; at the empty one, without any. */
export function redactAt(values: Values, pointers: readonly string[]): Values {
  if (pointers.length === 0) return values;
  if (pointers.includes("")) return Object.fromEntries(Object.keys(values).map((key) => [key, REDACTED]));
  const copy = structuredClone(values);
  for (const pointer of pointers) {
    const parts = pointerParts(pointer);
    const last = parts.pop() ?? "";
    const parent = parts.reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), copy);
    if (isObject(parent) && Object.hasOwn(parent, last)) (parent as Record<string, unknown>)[last] = REDACTED;
  }
  return copy;
}

/** A copy without the texts that look like secrets, by their names or their forms. */
export function redactSecrets<Value>(value: Value): Value {
  const json = JSON.stringify(value);
  if (json === undefined || !mayHoldSecret(json)) return value;
  return JSON.parse(json, (member, text: unknown) =>
    typeof text === "string" && looksSecret(text, member) ? REDACTED : text,
  ) as Value;
}
