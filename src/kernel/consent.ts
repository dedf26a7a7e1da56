import type { CapabilitySpec } from "../contract/capability.ts";
import { digestOf } from "../contract/digest.ts";
import { canonicalJson } from "../contract/json.ts";

const SHOWN_CHARACTERS = 400;

/**
 * What an approver reads: rendered by the runtime from the contract and the canonical inputs, never by who asks.
 * Control, zero-width and bidirectional characters are made visible; a long value is cut and shown with its digest.
 */
export function renderConsent(spec: CapabilitySpec, inputs: Readonly<Record<string, unknown>>): string {
  const lines = [
    `${spec.id} ${spec.version}: ${visible(spec.description.trim())}`,
    `Risk ${spec.risk.level}; effects: ${spec.side_effects.join(", ")}; undo: ${spec.undo.kind}.`,
  ];
  for (const name of Object.keys(inputs).sort())
    lines.push(`  ${visible(name)} = ${show(spec, name, inputs[name])}`);
  return lines.join("\n");
}

function show(spec: CapabilitySpec, name: string, value: unknown): string {
  if (spec.inputs.properties?.[name]?.["x-sensitive"] === true)
    return `(secret, sha256 ${digestOf(value).slice(0, 16)}…)`;
  const text = visible(canonicalJson(value));
  if (text.length <= SHOWN_CHARACTERS) return text;
  return `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters, sha256 ${digestOf(value)})`;
}

/** The text with every invisible character written out as `\u{…}`. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu,
    (char) => `\\u{${Number(char.codePointAt(0)).toString(16)}}`,
  );
}
