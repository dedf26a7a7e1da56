import type { CapabilitySpec } from "../contract/capability.ts";
import { isObject } from "../contract/json.ts";
import { sensitivePointers } from "./sensitive.ts";

const SECRET = "(secret)";

type Values = Readonly<Record<string, unknown>>;

/** The inputs with `(secret)` in the place of each value that the contract marks as one. */
export function hideSecrets(spec: CapabilitySpec, inputs: Values): Values {
  return sensitivePointers(spec.inputs).reduce(
    (values, pointer) => hideAt(values, pointer.split("/").slice(1)) as Values,
    inputs,
  );
}

function hideAt(value: unknown, [part, ...rest]: readonly string[]): unknown {
  if (part === undefined) return SECRET;
  const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
  return isObject(value) && Object.hasOwn(value, name)
    ? { ...value, [name]: hideAt(value[name], rest) }
    : value;
}
