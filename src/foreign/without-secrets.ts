import { isObject } from "../contract/json.ts";

const HIDDEN = "[secret]";

/** What a program says, without the secrets that it was given: in its texts and names, also where they stand in JSON. */
export function withoutSecrets<Value>(said: Value, secrets: readonly string[]): Value {
  if (secrets.length === 0) return said;
  // The longest first: one may contain another.
  const forms = secrets
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .toSorted((one, other) => other.length - one.length);
  const hide = (value: unknown): unknown => {
    if (typeof value === "string") return forms.reduce((text, form) => text.replaceAll(form, HIDDEN), value);
    if (typeof value === "number") return secrets.includes(String(value)) ? HIDDEN : value;
    if (Array.isArray(value)) return value.map(hide);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [hide(name), hide(each)]));
  };
  return hide(said) as Value;
}
