import type { CapabilitySpec } from "./capability.ts";
import { digestOf } from "./digest.ts";
import { isObject } from "./json.ts";

/**
 * What a decision was about: which contract, with which inputs. Inputs that the contract marks as sensitive are left
 * out, because whoever knows a digest could try values until one fits.
 */
export function requestDigest(
  spec: Pick<CapabilitySpec, "id" | "version" | "inputs">,
  specHash: string,
  inputs: Readonly<Record<string, unknown>>,
): string {
  const secrets = secretInputsOf(spec.inputs);
  const plain =
    secrets.size === 0
      ? inputs
      : Object.fromEntries(Object.entries(inputs).filter(([name]) => !secrets.has(name)));
  return digestOf({ capability: spec.id, inputs: plain, specHash, version: spec.version });
}

const known = new WeakMap<object, ReadonlySet<string>>();

function secretInputsOf(schema: CapabilitySpec["inputs"]): ReadonlySet<string> {
  const before = known.get(schema);
  if (before !== undefined) return before;
  const marked = Object.entries(schema.properties ?? {}).filter(([, property]) => marksSecrets(property));
  const names = new Set(marked.map(([name]) => name));
  known.set(schema, names);
  return names;
}

const MAX_DEPTH = 64;

/** Whether a schema marks anything in it with `x-sensitive: true`. */
export function marksSecrets(schema: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return true;
  if (Array.isArray(schema)) return schema.some((item) => marksSecrets(item, depth + 1));
  if (!isObject(schema)) return false;
  return (
    schema["x-sensitive"] === true || Object.values(schema).some((inner) => marksSecrets(inner, depth + 1))
  );
}
