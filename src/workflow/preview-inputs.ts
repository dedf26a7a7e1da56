import type { Preview } from "./preview-state.ts";
import { unknownInTemplates } from "./preview-unknown.ts";
import type { StepState } from "./state.ts";
import { resolveTemplates } from "./template.ts";

type Values = Readonly<Record<string, unknown>>;

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
