import { z } from "zod";

import { Version } from "./capability.ts";

const limit = () => z.int().min(0).optional();

/** How much a run or a session may do; what is not named has no limit. */
export const Budgets = z.lazy(() =>
  z.strictObject({
    actions_per_run: limit(),
    actions_per_session: limit(),
    high_per_session: limit().describe("Actions of HIGH or CRITICAL risk."),
    network_per_session: limit().describe("Actions that reach the network."),
  }),
);
export type Budgets = Readonly<z.output<typeof Budgets>>;

/** How many questions a human is asked at the most, in whoever's session, before further ones are denied. */
const Asks = z.lazy(() =>
  z.strictObject({ most: z.int().min(1), minutes: z.number().positive().max(10_080) }),
);

export const FOUR_EYES = ["when-possible", "strict"] as const;

export const POLICY_MODES = ["strict", "lenient"] as const;

const settings = () =>
  z.strictObject({
    name: z.string().regex(/^[a-z][a-z0-9._-]*$/, "must be lower-case letters, digits, `.`, `_` and `-`"),
    version: Version,
    mode: z.enum(POLICY_MODES).default("strict"),
    session_hours: z.number().positive().max(8784).default(24),
    defer_seconds: z.number().positive().default(3600),
    step_up_seconds: z.number().positive().optional(),
    // Without defaults: a set that was recorded before these were there keeps its digest.
    approval_minutes: z.number().positive().max(525_600).optional().describe("Default: 1440."),
    four_eyes: z.enum(FOUR_EYES).optional().describe("Default: when-possible."),
    asks: Asks.optional().describe("Default: 30 in 10 minutes."),
    budgets: Budgets.default({}),
  });

/** What a directory of policies says beside them, in `constitution.yaml`. */
export const PolicySettings = z.lazy(settings);

/** A constitution: Cedar policies by their ids, the schema they keep to, and what they are used with. */
export const PolicySet = z.lazy(() =>
  settings().extend({ schema: z.string(), policies: z.record(z.string(), z.string()) }),
);
export type PolicySet = Readonly<z.output<typeof PolicySet>>;
