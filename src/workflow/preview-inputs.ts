import type { CapabilitySpec } from "../contract/capability.ts";
import { isObject } from "../contract/json.ts";
import { sensitivePointers } from "../kernel/validate.ts";
import type { Preview } from "./preview-state.ts";
import { unknownInTemplates } from "./preview-unknown.ts";
import type { StepState } from "./state.ts";
import { resolveTemplates } from "./template.ts";

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

/** The inputs of a step as far as they are known; what is not says from which step it would come. */
export function showInputs({ state }: Preview, { key, spec }: StepState, variables: Values): Values {
  const shown = Object.entries(spec.inputs).map(([name, value]) => {
    const unknown = unknownInTemplates(value, variables);
    if (unknown !== undefined) return [name, `(of the step "${unknown.step}")`] as const;
    try {
      return [
        name,
        resolveTemplates(value, variables, state.spec.unresolved, `${key}.inputs.${name}`),
      ] as const;
    } catch {
      return [name, "(not resolved)"] as const;
    }
  });
  return Object.fromEntries(shown);
}
