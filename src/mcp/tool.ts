import type { Tool } from "@modelcontextprotocol/server";

import { type CapabilitySpec, RISKS } from "../contract/capability.ts";
import { visible } from "../kernel/consent.ts";
import type { Offer } from "../workflow/offers.ts";
import { portable } from "./portable-schema.ts";
import { ANSWERS, isNative, STATE, structuredSchemaOf } from "./native-output.ts";

const MAX_DESCRIPTION = 2000;

/** An offer as clients see it. Its annotations follow from the contracts of everything that it can run. */
export function toolOf(offer: Offer): Tool {
  const { name, description, inputs, contracts, phrases } = offer;
  const outputSchema = outputSchemaOf(offer);
  const asked = phrases.length === 0 ? "" : `\nAsked for as: ${phrases.join("; ")}`;
  return {
    name,
    description: lines(`${description}${asked}\n${riskOf(contracts)}`),
    inputSchema: inputSchemaOf(inputs),
    ...(outputSchema === undefined ? {} : { outputSchema }),
    annotations: {
      title: name,
      readOnlyHint: contracts.every(isReading),
      destructiveHint: contracts.some(destroys),
      idempotentHint: contracts.every(({ idempotent }) => idempotent),
      openWorldHint: contracts.some(reachesOut),
    },
  };
}

/** Without what only the client itself fills in, between two rounds of a call. */
function inputSchemaOf(inputs: Offer["inputs"]): Tool["inputSchema"] {
  const { properties = {}, ...rest } = portable(inputs) as {
    readonly properties?: NonNullable<Tool["inputSchema"]["properties"]>;
  };
  const { [ANSWERS]: _, [STATE]: __, ...shown } = properties;
  return { ...rest, type: "object", properties: shown };
}

/** What a capability gives is its contract; what a facade gives depends on its workflow. */
function outputSchemaOf({ kind, outputs, contracts }: Offer): Tool["outputSchema"] {
  if (kind === "facade") return contracts.some((spec) => isNative(spec.outputs)) ? undefined : OF_FACADE;
  if (outputs === null) return undefined;
  if (!isNative(outputs)) return { ...portable(outputs), type: "object" };
  const structured = structuredSchemaOf(outputs);
  return structured === undefined ? undefined : { ...portable(structured), type: "object" };
}

const OF_FACADE: Tool["outputSchema"] = {
  type: "object",
  properties: {
    run: { type: "string", description: "Which undo takes back." },
    outputs: { type: "object", description: "By the step that gave them." },
  },
  required: ["run", "outputs"],
};

function riskOf(contracts: readonly CapabilitySpec[]): string {
  const risk = RISKS.findLast((level) => contracts.some((spec) => spec.risk.level === level)) ?? "LOW";
  const isUndoable = contracts.every(({ undo }) => undo.kind === "none" || undo.kind === "reversible");
  return `Risk ${risk}; ${isUndoable ? "what it changes can be undone" : "not all of it can be undone"}.`;
}

function isReading({ side_effects: effects }: CapabilitySpec): boolean {
  return effects.every((effect) => READING.has(effect));
}

const READING: ReadonlySet<string> = new Set(["read_only", "filesystem_read", "network_read"]);

function destroys({ operation, undo }: CapabilitySpec): boolean {
  return operation === "DELETE" || undo.kind === "irreversible" || undo.kind === "compensable";
}

function reachesOut({ side_effects: effects }: CapabilitySpec): boolean {
  return effects.some(
    (effect) => effect === "network_read" || effect === "network_write" || effect === "system_exec",
  );
}

/** Whoever wrote it, no character of it is hidden. */
function lines(text: string): string {
  return text.split("\n").map(visible).join("\n").slice(0, MAX_DESCRIPTION);
}
