import { z } from "zod";

import type { Context } from "../../../src/contract/handler.ts";
import { defineCapability } from "../../../src/index.ts";

type Given = Readonly<Record<string, unknown>>;
type Gives = {
  readonly content?: readonly { readonly type: string; readonly [field: string]: unknown }[];
  readonly structured?: unknown;
  readonly input_requests?: Given;
  readonly input_state?: unknown;
};

/** A tool that the conformance suite calls by name: a facade, its workflow, and the capability of its steps. */
export type Fixture = {
  readonly name: string;
  readonly description: string;
  /** What its arguments are without the caller's. */
  readonly state?: Given;
  readonly steps?: number;
  /** At once, and each waits for the caller's yes. */
  readonly asks?: true;
  readonly timeoutSeconds?: number;
  readonly run: (given: Given, ctx: Context) => Gives | Promise<Gives>;
};

const Output = z.object({
  content: z.array(z.looseObject({ type: z.string() })),
  structured: z.unknown().optional(),
  input_requests: z.record(z.string(), z.unknown()).optional(),
  input_state: z.unknown().optional(),
});

export const text = (value: string) => ({ content: [{ type: "text", text: value }] });

/** What a handler is told of the answers to what it asked. */
export function responsesIn(given: Given): Readonly<Record<string, Given | undefined>> {
  return (given["input_responses"] ?? {}) as Record<string, Given>;
}

/** A field of a form that was accepted. */
export function fieldIn(given: Given, key: string, field: string): unknown {
  const response = responsesIn(given)[key];
  return response?.["action"] === "accept" ? (response["content"] as Given | undefined)?.[field] : undefined;
}

export function form(
  message: string,
  properties: Given,
  required: readonly string[] = Object.keys(properties),
) {
  return {
    method: "elicitation/create",
    params: { message, requestedSchema: { type: "object", properties, required } },
  };
}

const idOf = (name: string): string => `mcp.fixture.${name}`;

export function capabilityOf({ name, description, asks, timeoutSeconds = 60, run }: Fixture) {
  return defineCapability({
    id: idOf(name),
    version: "1.0.0",
    description,
    input: z.looseObject({}),
    output: Output,
    risk: {
      level: asks === undefined ? "LOW" : "MEDIUM",
      justification: "a fixture",
      requires_approval: asks !== undefined,
    },
    sideEffects: [asks === undefined ? "read_only" : "state_mutation"],
    undo: { kind: "none" },
    idempotent: true,
    timeoutSeconds,
    run: async (ctx, given) => {
      const { content = [], ...rest } = await run(given, ctx);
      return { content: [...content], ...rest };
    },
  });
}

export const PACK = "conformance";

/** The files of the fixtures, and of the pack that they are in. */
export function assetsOf(fixtures: readonly Fixture[]): Record<string, string> {
  const files: Record<string, string> = {
    "packs/conformance/pack.yaml": JSON.stringify({
      pack_id: "pack.conformance",
      name: PACK,
      version: "1.0.0",
      description: "What the conformance suite of MCP calls.",
      includes: { capabilities: [], workflows: fixtures.map(({ name }) => name) },
      risk_profile: { max_risk: "MEDIUM", justification: "fixtures" },
    }),
  };
  for (const fixture of fixtures) {
    const { name, description } = fixture;
    files[`workflows/${name}.yaml`] = JSON.stringify(workflowOf(fixture));
    files[`specs/facades/${name}.yaml`] = JSON.stringify({
      name,
      version: "1.0.0",
      description,
      triggers: [`call ${name}`],
      examples: [{ user: `Please call ${name}` }],
      routes: { primary: { type: "workflow", ref: name } },
    });
  }
  return files;
}

function workflowOf({ name, description, state = {}, steps = 1, asks, timeoutSeconds = 60 }: Fixture) {
  const initial = { ...state, input_responses: {}, input_state: null };
  const inputs = Object.fromEntries(Object.keys(initial).map((each) => [each, `{{ ${each} }}`]));
  const step = (index: number) => ({
    name: `step_${index + 1}`,
    capability_name: idOf(name),
    inputs,
    timeout_seconds: timeoutSeconds,
    max_retries: 0,
    ...(asks === undefined && index > 0 ? { depends_on: [`step_${index}`] } : {}),
  });
  const list = Array.from({ length: steps }, (_, index) => step(index));
  return {
    workflow_id: name,
    name,
    version: "1.0.0",
    description,
    metadata: { owner: "conformance" },
    initial_state: initial,
    steps:
      asks === undefined
        ? list
        : [{ name: "at_once", step_type: "PARALLEL", max_concurrency: 4, steps: list }],
    max_execution_time_seconds: timeoutSeconds * 2,
  };
}
