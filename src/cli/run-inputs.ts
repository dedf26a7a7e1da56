import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

import { fromSystem, RuntimeError } from "../contract/errors.ts";
import { isObject } from "../contract/json.ts";
import type { Registry } from "../kernel/registry.ts";
import type { Session } from "./session.ts";

const MAX_INPUT_BYTES = 16 * 1024 * 1024;

type Inputs = Readonly<Record<string, unknown>>;
type Properties = Readonly<Record<string, { readonly type?: unknown }>>;

/**
 * The inputs of a run: `--input-json` first, then each `--input`.
 *
 * @throws USAGE, LIMIT_EXCEEDED, FILE_NOT_FOUND
 */
export async function readInputs(
  session: Session,
  registry: Pick<Registry, "capability">,
  target: string,
): Promise<Inputs> {
  const json = session.text("inputJson");
  const whole = json === undefined ? {} : await readJsonInputs(session, json);
  const pairs = session.list("input");
  if (pairs.length === 0) return whole;
  return { ...whole, ...parsePairs(pairs, propertiesOf(registry, target)) };
}

/** `name=value` pairs. A value that is JSON keeps its type, unless the contract says text; other values are text. */
export function parsePairs(pairs: readonly string[], properties: Properties): Inputs {
  const values = new Map<string, unknown>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw new RuntimeError("USAGE", `--input ${JSON.stringify(pair)} is not name=value.`);
    const name = pair.slice(0, at);
    if (values.has(name)) throw new RuntimeError("USAGE", `--input ${JSON.stringify(name)} is given twice.`);
    const type = Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
    values.set(name, parseValue(pair.slice(at + 1), type));
  }
  return Object.fromEntries(values);
}

function parseValue(text: string, type: unknown): unknown {
  if (type === "string") return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? text : value;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

async function readJsonInputs({ io }: Session, given: string): Promise<Inputs> {
  const source =
    given === "-" ? "The standard input" : given.startsWith("@") ? `"${given.slice(1)}"` : "--input-json";
  const text =
    given === "-"
      ? await io.stdin.readText(MAX_INPUT_BYTES)
      : given.startsWith("@")
        ? readFile(resolve(io.cwd, given.slice(1)), source)
        : given;
  const value = parseJson(text, source);
  if (!isObject(value)) throw new RuntimeError("USAGE", `${source} must be a JSON object.`);
  return value;
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RuntimeError(
      "USAGE",
      `${source} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

function readFile(path: string, source: string): string {
  try {
    const { size } = statSync(path);
    if (size > MAX_INPUT_BYTES)
      throw new RuntimeError(
        "LIMIT_EXCEEDED",
        `${source} has ${size} bytes; inputs have at most ${MAX_INPUT_BYTES}.`,
      );
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fromSystem(error, `The input file ${source}`);
  }
}

/** The contract's inputs where the target is a capability; a workflow has none. */
function propertiesOf(registry: Pick<Registry, "capability">, target: string): Properties {
  try {
    return registry.capability(target).spec.inputs.properties ?? {};
  } catch (error) {
    // Whatever else is wrong with the target, the run says so.
    if (error instanceof RuntimeError) return {};
    throw error;
  }
}
