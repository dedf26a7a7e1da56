import { z } from "zod";

import { CapabilityId, Risk, Version } from "./capability.ts";

export const LIFECYCLE = ["PROPOSED", "ACTIVE", "FROZEN", "DEPRECATED"] as const;

/** Name of the pack of the whole standard library. Its version is the package's. */
export const STDLIB = "stdlib";

/** A named, versioned set of capabilities and workflows that is approved as one. */
export const PackSpec = z.lazy(() =>
  z.strictObject({
    pack_id: z.string().min(1),
    name: z.string().regex(/^\S+$/, "must not contain spaces"),
    version: Version,
    description: z.string().min(1),
    responsibility: z.string().optional(),
    includes: z.strictObject({
      capabilities: z.array(CapabilityId).default([]),
      workflows: z.array(z.string().min(1)).default([]),
    }),
    risk_profile: z
      .strictObject({
        max_risk: Risk,
        justification: z.string().optional(),
        requires_human_approval: z.boolean().default(false),
        auto_rollback_on_failure: z.boolean().default(true),
      })
      .optional()
      .describe("Without one the pack loads with a warning and has the highest risk of what it includes."),
    governance: z
      .strictObject({
        requires_approval: z.boolean().optional(),
        approval_roles: z.array(z.string()).default([]),
        audit_level: z.enum(["BASIC", "DETAILED", "FORENSIC"]).default("DETAILED"),
        principals: z
          .array(z.string().regex(/^(human|agent):\S+$/, "must look like human:ann or agent:*"))
          .min(1)
          .optional()
          .describe(
            "Who alone reaches it: `human:ann` is the person acting directly, `agent:claude` an agent, whoever it acts for; `*` stands for any characters. Without it everybody.",
          ),
      })
      .optional(),
    offered_capabilities: z
      .array(CapabilityId)
      .optional()
      .describe("Those of its capabilities that agents see as tools of their own, beside the facades."),
    author: z.string().optional(),
    tags: z.array(z.string()).default([]),
    state: z.enum(LIFECYCLE).default("PROPOSED"),
  }),
);

export type PackSpec = z.output<typeof PackSpec>;

const Route = z.lazy(() => z.strictObject({ type: z.enum(["workflow", "pack"]), ref: z.string().min(1) }));

/** What a user or an agent asks for in its own words, and the pack or workflow that answers. */
export const FacadeSpec = z.lazy(() =>
  z.strictObject({
    name: z.string().regex(/^\S+$/, "must not contain spaces"),
    version: Version,
    description: z.string().min(1),
    triggers: z.array(z.string().min(1)).min(1),
    examples: z
      .array(z.strictObject({ user: z.string().min(1), assistant: z.string().optional() }))
      .default([]),
    routes: z.strictObject({ primary: Route, fallback: Route.optional() }),
    constraints: z
      .strictObject({
        requires_pack_active: z.boolean().default(true),
        supported_environments: z.array(z.string()).default([]),
      })
      .default({ requires_pack_active: true, supported_environments: [] }),
    metadata: z
      .strictObject({
        category: z.string().optional(),
        compatible_with: z.array(z.string()).default([]),
        owner: z.string().optional(),
        maturity: z.string().optional(),
      })
      .default({ compatible_with: [] }),
    state: z
      .enum(LIFECYCLE)
      .default("PROPOSED")
      .describe("ACTIVE: from the start, where it comes with the package."),
  }),
);

export type FacadeSpec = z.output<typeof FacadeSpec>;

/** An external capability that somebody proposes. It is never executable. */
export const ProposalSpec = z.lazy(() =>
  z.strictObject({
    meta: z.strictObject({
      id: CapabilityId,
      version: Version,
      author: z.string(),
      description: z.string().min(1),
      tags: z.array(z.string()).default([]),
    }),
    adapter: z.strictObject({
      type: z.enum(["http_api", "claude_skill", "openai_function"]),
      config: z.strictObject({
        endpoint_url: z.url().optional(),
        method: z.string().optional(),
        auth_type: z.enum(["none", "bearer", "api_key", "basic"]).default("none"),
        auth_config: z.strictObject({ token_env: z.string() }).optional(),
        timeout: z.number().positive().optional(),
        headers: z.record(z.string(), z.string()).optional(),
      }),
    }),
    proposal: z.strictObject({
      status: z.literal("PROPOSED"),
      rationale: z.string().min(1),
      governance_requirements: z.array(z.string()).default([]),
      integration_rules: z.array(z.string()).default([]),
    }),
  }),
);

export type ProposalSpec = z.output<typeof ProposalSpec>;
