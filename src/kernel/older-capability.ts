import type { z } from "zod";

import { type CapabilitySpec, SIDE_EFFECTS, type Risk, type SideEffect } from "../contract/capability.ts";
import { checkSpec, specError, type SpecSource } from "../contract/parse-spec.ts";
import type { Path, Problem } from "../contract/spec-problems.ts";
import { schemaOfFields } from "./older-fields.ts";
import { GovernanceShape, LibraryShape } from "./older-shapes.ts";

type Draft = z.input<typeof CapabilitySpec>;
type Governance = z.output<typeof GovernanceShape>;
type Library = z.output<typeof LibraryShape>;

/**
 * The canonical form of a capability in one of the two older shapes. Whatever the older shape does not say is taken
 * in the strictest sense; what has no counterpart, or contradicts itself, is an error.
 *
 * @throws SPEC_INVALID
 */
export function convertOlder(source: SpecSource, shape: "library" | "governance"): Draft {
  const problems: Problem[] = [];
  const report = (path: Path, message: string): void => void problems.push({ path, message });
  const draft =
    shape === "library"
      ? fromLibrary(checkSpec(source, LibraryShape), report)
      : fromGovernance(checkSpec(source, GovernanceShape), report);
  if (problems.length > 0) throw specError(source, problems);
  return draft;
}

/** Which of the shapes a value has, by the fields that only it has. */
export function shapeOf(
  value: Readonly<Record<string, unknown>>,
): "library" | "governance" | "proposal" | "canonical" {
  if ("adapter" in value || "proposal" in value) return "proposal";
  if ("meta" in value || "contracts" in value || "interface" in value) return "library";
  if ("operation_type" in value || "parameters" in value || "returns" in value) return "governance";
  return "canonical";
}

type Report = (path: Path, message: string) => void;

function fromLibrary({ meta, contracts, behavior, interface: face }: Library, report: Report): Draft {
  const effects = contracts.side_effects;
  if (meta.dependencies.length > 0)
    report(["meta", "dependencies"], "have no counterpart: a capability is only its handler");
  if (effects.includes("read_only") && effects.some(changes))
    report(["contracts", "side_effects"], "read_only contradicts the other effects");
  const kind = effects.some(isExternal) ? "irreversible" : effects.some(changes) ? "reversible" : "none";
  const hosts = [
    ...(contracts.allowed_domains ?? []),
    ...(contracts.sidecar_base_url === undefined ? [] : [new URL(contracts.sidecar_base_url).host]),
  ];
  const undo = behavior.undo_strategy.trim();
  return {
    id: meta.id,
    version: meta.version,
    name: meta.id,
    description: meta.description,
    operation: operationOf(effects),
    risk: {
      level: riskOf(effects, kind),
      justification: "Follows from the declared side effects; the older shape states no risk.",
      requires_approval: contracts.requires_confirmation,
    },
    side_effects: effects,
    undo: { kind, ...(undo === "" ? {} : { description: undo }) },
    idempotent: contracts.idempotent,
    timeout_seconds: contracts.timeout_seconds,
    ...(contracts.max_bytes === undefined ? {} : { limits: { max_bytes: contracts.max_bytes } }),
    ...networkOf(effects, hosts),
    inputs: schemaOfFields(face.inputs, ["interface", "inputs"], report),
    outputs: {
      ...schemaOfFields(face.outputs, ["interface", "outputs"], report),
      required: [],
      additionalProperties: true,
    },
    metadata: {
      ...(meta.author === undefined ? {} : { author: meta.author }),
      tags: meta.tags,
      ...(behavior.cost_model === undefined ? {} : { cost_model: behavior.cost_model }),
    },
  };
}

function fromGovernance(older: Governance, report: Report): Draft {
  const effects = effectsOf(older, report);
  const names = new Set<string>();
  for (const [index, { name }] of older.parameters.entries()) {
    if (names.has(name)) report(["parameters", index, "name"], `"${name}" is there twice`);
    names.add(name);
  }
  const fields = Object.fromEntries(older.parameters.map(({ name, ...field }) => [name, field]));
  const at = (name: string): Path => [
    "parameters",
    older.parameters.findIndex((parameter) => parameter.name === name),
  ];
  if (older.returns.type !== undefined && older.returns.type !== "object")
    report(["returns", "type"], `must be object (got ${older.returns.type})`);
  return {
    id: older.id,
    version: older.metadata.version,
    name: older.name,
    description: older.description,
    operation: older.operation_type,
    risk: older.risk,
    side_effects: effects,
    undo: undoOf(older, effects, report),
    ...networkOf(effects, []),
    inputs: schemaOfFields(fields, at, report),
    outputs: { additionalProperties: true, ...older.returns, type: "object" },
    metadata: {
      ...(older.metadata.author === undefined ? {} : { author: older.metadata.author }),
      tags: older.metadata.tags,
      deprecated: older.metadata.deprecated,
    },
  };
}

/** From the list that the description may hold, else from operation and scope where these leave one answer. */
function effectsOf(
  { operation_type: operation, side_effects: { scope, description } }: Governance,
  report: Report,
): SideEffect[] {
  const listed =
    /^side effects:\s*([a-z_, ]+)\.?\s*$/i
      .exec(description)?.[1]
      ?.split(",")
      .map((name) => name.trim()) ?? [];
  if (listed.length > 0 && listed.every(isSideEffect)) return listed;
  const isLocal = scope === "local";
  switch (operation) {
    case "READ":
      return [isLocal ? "filesystem_read" : "network_read"];
    case "WRITE":
      return [isLocal ? "filesystem_write" : "network_write"];
    case "DELETE":
      return [isLocal ? "filesystem_delete" : "network_write"];
    case "EXECUTE":
      if (isLocal) return ["system_exec"];
      break;
    case "NETWORK":
      break;
  }
  report(
    ["side_effects", "description"],
    `does not say which effects ${operation} with the scope ${scope} has; write "Side effects: network_read" or the like`,
  );
  return ["network_write"];
}

function undoOf(
  { side_effects: { reversible }, compensation }: Governance,
  effects: readonly SideEffect[],
  report: Report,
): Draft["undo"] {
  if (!effects.some(changes)) return { kind: "none" };
  if (compensation.supported && compensation.capability_id != null)
    return { kind: "compensable", compensation: compensation.capability_id };
  if (compensation.supported && compensation.strategy === "manual")
    return { kind: "compensable", description: "A human compensates it." };
  if (!effects.some(isExternal)) return { kind: reversible ? "reversible" : "irreversible" };
  if (compensation.supported)
    report(
      ["compensation", "capability_id"],
      `is missing: nothing says what compensates it (strategy ${compensation.strategy})`,
    );
  else if (reversible) report(["side_effects", "reversible"], "is true, but nothing compensates the effect");
  return { kind: "irreversible" };
}

function operationOf(effects: readonly SideEffect[]): Draft["operation"] {
  if (effects.includes("filesystem_delete")) return "DELETE";
  if (effects.includes("system_exec")) return "EXECUTE";
  if (effects.some(isNetwork)) return "NETWORK";
  return effects.some(changes) ? "WRITE" : "READ";
}

function riskOf(effects: readonly SideEffect[], undo: Draft["undo"]["kind"]): Risk {
  if (undo === "irreversible") return "CRITICAL";
  if (effects.includes("filesystem_delete")) return "HIGH";
  return undo === "none" ? "LOW" : "MEDIUM";
}

function networkOf(effects: readonly SideEffect[], hosts: readonly string[]): Pick<Draft, "network"> {
  return effects.some(isNetwork) ? { network: { hosts: hosts.length > 0 ? [...hosts] : ["*"] } } : {};
}

function isSideEffect(name: string): name is SideEffect {
  return SIDE_EFFECTS.some((effect) => effect === name);
}

function isNetwork(effect: SideEffect): boolean {
  return effect === "network_read" || effect === "network_write";
}

/** What the runtime cannot restore by itself. */
function isExternal(effect: SideEffect): boolean {
  return effect === "network_write" || effect === "system_exec" || effect === "state_mutation";
}

function changes(effect: SideEffect): boolean {
  return effect === "filesystem_write" || effect === "filesystem_delete" || isExternal(effect);
}
