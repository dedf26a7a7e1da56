import { z } from "zod";

import { CapabilityId, Risk, SideEffect, Version } from "../contract/capability.ts";

const Value = z.unknown();

const field = () =>
  z.strictObject({
    type: z.string(),
    description: z.string().default(""),
    required: z.boolean().optional(),
    default: Value.optional(),
    sensitive: z.boolean().default(false),
    enum: z.array(Value).optional(),
  });

export type OlderField = z.output<ReturnType<typeof field>>;

/** The older runtime's standard library: `meta`, `contracts`, `behavior`, `interface`. */
export const LibraryShape = z.lazy(() =>
  z.strictObject({
    meta: z.strictObject({
      id: CapabilityId,
      version: Version,
      author: z.string().optional(),
      description: z.string().min(1),
      tags: z.array(z.string()).default([]),
      dependencies: z.array(Value).default([]),
    }),
    contracts: z.strictObject({
      side_effects: z.array(SideEffect).min(1),
      requires_confirmation: z.boolean().default(false),
      idempotent: z.boolean().default(false),
      timeout_seconds: z.number().positive().default(30),
      max_bytes: z.int().positive().optional(),
      sidecar_base_url: z.url().optional(),
      allowed_domains: z.array(z.string()).optional(),
    }),
    behavior: z.strictObject({
      undo_strategy: z.string().default(""),
      cost_model: z.enum(["free", "low_io", "high_io", "network", "compute"]).optional(),
    }),
    interface: z.strictObject({
      inputs: z.record(z.string(), field()).default({}),
      outputs: z.record(z.string(), field()).default({}),
    }),
  }),
);

/** The older governance model, version 3: `operation_type`, `parameters`, `returns`. */
export const GovernanceShape = z.lazy(() =>
  z.strictObject({
    id: CapabilityId,
    name: z.string().min(1),
    description: z.string().min(1),
    operation_type: z.enum(["READ", "WRITE", "DELETE", "EXECUTE", "NETWORK"]),
    risk: z.strictObject({
      level: Risk,
      justification: z.string().min(1),
      requires_approval: z.boolean().default(false),
    }),
    side_effects: z.strictObject({
      reversible: z.boolean(),
      scope: z.enum(["local", "network", "external"]),
      description: z.string().default(""),
    }),
    compensation: z.strictObject({
      supported: z.boolean(),
      strategy: z.enum(["automatic", "manual", "none"]).default("none"),
      capability_id: CapabilityId.nullish(),
    }),
    parameters: z.array(field().extend({ name: z.string().min(1) })).default([]),
    returns: z.looseObject({ type: z.string().optional() }),
    metadata: z.strictObject({
      version: Version,
      author: z.string().optional(),
      tags: z.array(z.string()).default([]),
      deprecated: z.boolean().default(false),
    }),
    handler: z.string().optional(),
  }),
);
