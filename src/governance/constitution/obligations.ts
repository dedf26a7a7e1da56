import { RuntimeError } from "../../contract/errors.ts";
import { isObject } from "../../contract/json.ts";
import type { PolicyFacts } from "./cedar.ts";

type Inputs = Readonly<Record<string, unknown>>;

const SECRET_HEADER = /^(?:authorization|proxy-authorization|cookie|x-(?:.*-)?(?:api-?key|token|secret))$/i;

/** What `@modify` of a permit can ask for. */
const OBLIGATIONS: Readonly<Record<string, (inputs: Inputs, argument: string) => Inputs>> = {
  /** `redact_headers` */
  redact_headers: ({ headers, ...rest }) => ({
    ...rest,
    ...(isObject(headers)
      ? { headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADER.test(name))) }
      : {}),
  }),
  /** `drop:cc` */
  drop: (inputs, name) => Object.fromEntries(Object.entries(inputs).filter(([each]) => each !== name)),
  /** `limit:max_results:100` */
  limit: (inputs, argument) => {
    const [name = "", most = ""] = argument.split(":");
    const value = inputs[name];
    return { ...inputs, [name]: typeof value === "number" ? Math.min(value, Number(most)) : Number(most) };
  },
};

const SYNTAX = /^(?:redact_headers|drop:[A-Za-z_][\w-]*|limit:[A-Za-z_][\w-]*:\d{1,15})$/;

/** What `@modify` of a policy names, separated by commas. */
export function obligationsOf({ annotations }: Pick<PolicyFacts, "annotations">): readonly string[] {
  return annotations["modify"]?.split(",").map((each) => each.trim()) ?? [];
}

/** Whether `@modify("…")` is one that the runtime knows. */
export function isObligation(text: string): boolean {
  return SYNTAX.test(text);
}

/** The inputs as the obligations make them. @throws SPEC_INVALID for one that is not known */
export function fulfil(inputs: Inputs, obligations: readonly string[]): Inputs {
  let changed = inputs;
  for (const obligation of obligations) {
    const [name = "", ...rest] = obligation.split(":");
    const apply = isObligation(obligation) ? OBLIGATIONS[name] : undefined;
    if (apply === undefined) throw new RuntimeError("SPEC_INVALID", `@modify: "${obligation}" is not known.`);
    changed = apply(changed, rest.join(":"));
  }
  return changed;
}
