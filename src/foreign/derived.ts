import type { z } from "zod";

import type { CapabilitySpec } from "../contract/capability.ts";

/** A contract as an import derives it, before its defaults. */
export type DraftSpec = z.input<typeof CapabilitySpec>;

/** What became of one tool or operation, for whoever reviews it. */
export type DerivedTool = {
  /** As the other side calls it; for a person, already made visible. */
  readonly name: string;
  readonly spec: DraftSpec;
  /** What was derived, and why. */
  readonly notes: readonly string[];
  /** What the other side says about itself. Nobody believes it. */
  readonly claims: readonly string[];
};

/** Something that cannot be imported, and why. */
export type Refused = { readonly name: string; readonly why: string };

export type Derivation = { readonly tools: readonly DerivedTool[]; readonly refused: readonly Refused[] };
