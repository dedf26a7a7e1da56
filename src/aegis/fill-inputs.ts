import { isObject } from "../contract/json.ts";
import type { CapabilitySpec } from "../contract/capability.ts";
import type { Filling } from "./goal-grammar.ts";
import type { Literal } from "./lex-goal.ts";
import { areCompatible, fill, type Resolved, type Scope, typesOf, unify } from "./unify.ts";

export type Filled = {
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Where each comes from. */
  readonly from: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
  /** Inputs whose value has to become text first: a list or an object that goes into a JSON file. */
  readonly asJson: readonly string[];
};

export type Problem = {
  readonly code: "INPUT_MISSING" | "INPUT_INVALID";
  readonly message: string;
  readonly missing: readonly string[];
  readonly remedy: string;
};

/** Of a capability, or of a workflow under its name. */
type Contract = Pick<CapabilitySpec, "id" | "inputs">;

type Request = {
  readonly contract: Contract;
  /** As the goal's words say. */
  readonly said: Readonly<Record<string, Filling>>;
  /** As the goal's own `inputs` say. */
  readonly written: Readonly<Record<string, unknown>>;
  readonly literals: readonly Literal[];
  readonly scope: Scope;
};

const PATH_INPUT = /(?:^|_)(?:path|file|dir|directory|source|destination|target|root)$/;
const URL_INPUT = /(?:^|_)ur[li]$/;

/**
 * The inputs of a call: what the goal writes, then what its words say, then its values by their kind, then what has the
 * same name or is the one thing left. What nothing fills is a problem; nothing is guessed.
 */
export function fillInputs({ contract, said, written, literals, scope }: Request): Filled {
  const properties = contract.inputs.properties ?? {};
  const resolved = new Map<string, Resolved>();
  const problems: Problem[] = [];
  const missing = (name: string, why: string): void => {
    problems.push({
      code: "INPUT_MISSING",
      message: `${contract.id} needs "${name}": ${why}.`,
      missing: [name],
      remedy: `Say it in quotes, or give it: goals: [{ …, inputs: { ${name}: … } }].`,
    });
  };
  for (const [name, value] of Object.entries(written)) {
    const filled = fill({ value }, scope);
    if ("problem" in filled) missing(name, filled.problem);
    else resolved.set(name, { ...filled, from: "goal.inputs" });
  }
  for (const [name, filling] of Object.entries(said)) {
    if (resolved.has(name) || (!Object.hasOwn(properties, name) && "value" in filling)) continue;
    const filled = fill(filling, scope);
    if ("problem" in filled) missing(name, filled.problem);
    else resolved.set(name, filled);
  }
  const isOpen = (name: string): boolean =>
    !resolved.has(name) && !problems.some((each) => each.missing.includes(name));
  for (const literal of literals) {
    const name = placeOf(literal, contract, isOpen);
    if (name === undefined) problems.push(unplaced(contract, literal));
    else resolved.set(name, { value: literal.value, from: "goal", types: ["string"] });
  }
  const open = (contract.inputs.required ?? []).filter(isOpen);
  for (const name of open) {
    const found = unify(name, properties[name], scope, open.length === 1);
    if (found === undefined) missing(name, "neither the goal nor anything before it says what it is");
    else resolved.set(name, found);
  }
  const asJson = [...resolved].flatMap(([name, found]) => {
    if (areCompatible(found.types, typesOf(properties[name]))) return [];
    if (isJsonText(name, resolved) && !areCompatible(found.types, ["string"])) return [name];
    problems.push(mistyped(contract, name, found));
    return [];
  });
  return {
    inputs: Object.fromEntries([...resolved].map(([name, { value }]) => [name, value])),
    from: Object.fromEntries([...resolved].map(([name, { from }]) => [name, from])),
    problems,
    asJson,
  };
}

/** The one input that a value of the goal can be; the required ones go first. */
function placeOf(
  { kind }: Literal,
  { inputs: { properties = {}, required = [] } }: Contract,
  isOpen: (name: string) => boolean,
): string | undefined {
  const fits = (name: string): boolean => {
    if (!isOpen(name) || !areCompatible(["string"], typesOf(properties[name]))) return false;
    if (kind === "url") return URL_INPUT.test(name);
    if (kind === "path") return PATH_INPUT.test(name);
    const property = properties[name];
    return !(isObject(property) && "enum" in property);
  };
  for (const names of [required, Object.keys(properties).filter((name) => !required.includes(name))]) {
    const found = names.filter(fits);
    if (found.length === 1) return found[0];
    if (found.length > 1) return undefined;
  }
  return undefined;
}

function unplaced({ id }: Contract, { value }: Literal): Problem {
  return {
    code: "INPUT_INVALID",
    message: `It is not clear which input of ${id} "${value}" is.`,
    missing: [],
    remedy: "Name the inputs: goals: [{ …, inputs: { NAME: VALUE } }].",
  };
}

/** A list or an object is written as JSON where the file's name says so. */
function isJsonText(name: string, resolved: ReadonlyMap<string, Resolved>): boolean {
  const path = resolved.get("path")?.value;
  return name === "content" && typeof path === "string" && path.endsWith(".json");
}

function mistyped({ id, inputs }: Contract, name: string, { from, types = [] }: Resolved): Problem {
  const wanted = typesOf(inputs.properties?.[name])?.join(" or ");
  return {
    code: "INPUT_INVALID",
    message: `"${name}" of ${id} is ${wanted}, and ${from} is ${types.join(" or ")}.`,
    missing: [],
    remedy: "Convert it in a goal of its own; a list or an object becomes text in a file that ends in .json.",
  };
}
