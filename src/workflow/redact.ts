import { hideAt } from "../kernel/hide-secrets.ts";
import { looksSecret, mayHoldSecret } from "../ledger/secret-scan.ts";

const REDACTED = "***REDACTED***";

type Values = Readonly<Record<string, unknown>>;

/** A copy without the values at these JSON pointers; at the empty one, without any. */
export function redactAt(values: Values, pointers: readonly string[]): Values {
  return hideAt(values, pointers, REDACTED);
}

/** A copy without the texts that look like secrets, by their names or their forms. */
export function redactSecrets<Value>(value: Value): Value {
  const json = JSON.stringify(value);
  if (json === undefined || !mayHoldSecret(json)) return value;
  return JSON.parse(json, (member, text: unknown) =>
    typeof text === "string" && looksSecret(text, member) ? REDACTED : text,
  ) as Value;
}
