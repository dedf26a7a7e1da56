import { z } from "zod";

import { Foreign } from "./foreign.ts";

export const RISKS = ["LOW", "MEDIUM", "HIGH", "CRITICAL"] as const;
export const Risk = z.enum(RISKS);
export type Risk = z.output<typeof Risk>;

export const SIDE_EFFECTS = [
  "read_only",
  "filesystem_read",
  "filesystem_write",
  "filesystem_delete",
  "network_read",
  "network_write",
  "system_exec",
  "state_mutation",
] as const;
export const SideEffect = z.enum(SIDE_EFFECTS);
export type SideEffect = z.output<typeof SideEffect>;

export const UNDO_KINDS = ["none", "reversible", "compensable", "irreversible"] as const;

/** `a.b.c`: lower-case components of letters, digits and `_`, at least two of them. */
export const CAPABILITY_ID = /^[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)+$/;
export const CapabilityId = z.string().regex(CAPABILITY_ID, "must look like io.fs.write_file");
export const Version = z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, "must look like 1.2.3");

// Here and in other contracts, a schema of many parts is made when it is first used: what a command loads and does not
// ask for was a tenth of its start.

/** A JSON Schema 2020-12 document that describes an object. `x-sensitive: true` marks a property as secret. */
export const ObjectSchema = z.lazy(() =>
  z.looseObject({
    type: z.literal("object"),
    properties: z.record(z.string(), z.looseObject({})).optional(),
    required: z.array(z.string()).optional(),
  }),
);

/** A file that lies in the workspace before or after an example runs; `null` after means that it must be absent. */
const ExampleFiles = z.record(z.string(), z.union([z.string(), z.null()]));

/** What policies know data by. */
const DataClass = z.string().regex(/^[a-z][a-z0-9_-]*$/, "must look like personal");

const Example = z.lazy(() =>
  z.strictObject({
    name: z.string().min(1),
    files: ExampleFiles.optional().describe("Text files put into the workspace first."),
    inputs: z.record(z.string(), z.unknown()),
    outputs: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("Expected outputs; members not named are not compared."),
    error: z.string().optional().describe("Expected error code, instead of outputs."),
    files_after: ExampleFiles.optional().describe(
      "Text files expected afterwards; null for one that must be gone.",
    ),
  }),
);

/** The contract of a capability: the canonical shape that every loaded spec has. */
export const CapabilitySpec = z.lazy(() =>
  z.strictObject({
    id: CapabilityId,
    version: Version,
    name: z.string().min(1),
    description: z.string().min(1),
    operation: z.enum(["READ", "WRITE", "DELETE", "EXECUTE", "NETWORK"]),
    risk: z.strictObject({
      level: Risk,
      justification: z.string().min(1),
      requires_approval: z.boolean().default(false).describe("Always ask a human before it runs."),
    }),
    side_effects: z
      .array(SideEffect)
      .min(1)
      .describe("Everything the handler may do; the runtime refuses the rest."),
    undo: z.strictObject({
      kind: z
        .enum(UNDO_KINDS)
        .describe(
          "none: nothing to undo. reversible: the runtime restores it. compensable: another capability compensates it. irreversible: neither.",
        ),
      description: z.string().optional(),
      compensation: CapabilityId.optional(),
    }),
    data_classes: z
      .array(DataClass)
      .optional()
      .describe(
        "Classes of the data that its outputs carry: public, personal, confidential, secret, untrusted, or your own.",
      ),
    idempotent: z
      .boolean()
      .default(false)
      .describe("Running twice with the same inputs has the effect of running once."),
    timeout_seconds: z.number().positive().default(30),
    limits: z.strictObject({ max_bytes: z.int().positive().optional() }).default({}),
    network: z
      .strictObject({
        hosts: z.array(z.string()).describe("Hosts that may be reached; `*` for every public host."),
      })
      .optional(),
    process: z.strictObject({ commands: z.array(z.string()) }).optional(),
    foreign: Foreign.optional().describe(
      "Who does it instead of code: an MCP server or an HTTP API, as they were when it was imported.",
    ),
    inputs: ObjectSchema,
    outputs: ObjectSchema,
    examples: z.array(Example).default([]),
    metadata: z
      .strictObject({
        author: z.string().optional(),
        tags: z.array(z.string()).default([]),
        cost_model: z.enum(["free", "low_io", "high_io", "network", "compute"]).optional(),
        deprecated: z.boolean().default(false),
      })
      .default({ tags: [], deprecated: false }),
  }),
);

export type CapabilitySpec = z.output<typeof CapabilitySpec>;

/** The consistency rules of a contract, as messages; empty when it keeps them all. */
export function inconsistencies(spec: CapabilitySpec): { path: string; message: string }[] {
  const found: { path: string; message: string }[] = [];
  const atLeast = (floor: Risk) => RISKS.indexOf(spec.risk.level) >= RISKS.indexOf(floor);
  if (spec.undo.kind === "irreversible" && !atLeast("CRITICAL"))
    found.push({
      path: "risk.level",
      message: `an irreversible effect without compensation is CRITICAL, not ${spec.risk.level}`,
    });
  if (spec.undo.kind === "compensable" && !atLeast("HIGH"))
    found.push({
      path: "risk.level",
      message: `an effect that the runtime cannot reverse is at least HIGH, not ${spec.risk.level}`,
    });
  if (spec.operation === "DELETE" && !atLeast("HIGH"))
    found.push({ path: "risk.level", message: `DELETE is at least HIGH, not ${spec.risk.level}` });
  const external = spec.side_effects.some((effect) => effect === "network_write" || effect === "system_exec");
  if (external && (spec.undo.kind === "none" || spec.undo.kind === "reversible"))
    found.push({ path: "undo.kind", message: `network_write and system_exec cannot be ${spec.undo.kind}` });
  const writes = spec.side_effects.some(
    (effect) => effect === "filesystem_write" || effect === "filesystem_delete",
  );
  if (writes && spec.undo.kind === "none")
    found.push({ path: "undo.kind", message: "a writing capability must say how it is undone" });
  return found;
}
