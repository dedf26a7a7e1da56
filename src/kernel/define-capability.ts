import { z } from "zod";

import { CapabilitySpec, inconsistencies, type SideEffect } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Context, Handler } from "../contract/handler.ts";
import type { RegisteredCapability } from "./capabilities.ts";

export type CapabilityDefinition<Input extends z.ZodObject, Output extends z.ZodObject> = {
  /** `a.b.c`; not one of the standard library. */
  readonly id: string;
  readonly version: string;
  readonly name?: string;
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  readonly risk: z.input<typeof CapabilitySpec>["risk"];
  readonly sideEffects: readonly SideEffect[];
  readonly undo: CapabilitySpec["undo"];
  readonly idempotent?: boolean;
  readonly timeoutSeconds?: number;
  /** Hosts that `ctx.net` may reach. */
  readonly hosts?: readonly string[];
  /** Programs that `ctx.process` may start. */
  readonly commands?: readonly string[];
  /** Fails by throwing; touches the world through `ctx` alone. */
  readonly run: (ctx: Context, input: z.output<Input>) => Promise<z.input<Output>>;
};

/**
 * A capability of your own: its contract is derived from the zod schemas, and is checked like one from a file.
 *
 * @throws SPEC_INVALID naming every field that is wrong
 */
export function defineCapability<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: CapabilityDefinition<Input, Output>,
): RegisteredCapability & { readonly spec: CapabilitySpec } {
  const { id, input, output, hosts, commands, run } = definition;
  const parsed = CapabilitySpec.safeParse({
    id,
    version: definition.version,
    name: definition.name ?? id,
    description: definition.description,
    operation: operationOf(definition.sideEffects),
    risk: definition.risk,
    side_effects: definition.sideEffects,
    undo: definition.undo,
    idempotent: definition.idempotent ?? false,
    timeout_seconds: definition.timeoutSeconds ?? 30,
    ...(hosts === undefined ? {} : { network: { hosts } }),
    ...(commands === undefined ? {} : { process: { commands } }),
    inputs: z.toJSONSchema(input, { io: "input" }),
    outputs: z.toJSONSchema(output, { io: "input" }),
  });
  const problems = parsed.success
    ? inconsistencies(parsed.data)
    : parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  if (!parsed.success || problems.length > 0)
    throw new RuntimeError(
      "SPEC_INVALID",
      `${id}: ${problems.map(({ path, message }) => `${path}: ${message}`).join("; ")}`,
      { details: problems },
    );
  const handler: Handler = async (ctx, given) => output.parse(await run(ctx, input.parse(given)));
  return { spec: parsed.data, handler };
}

function operationOf(sideEffects: readonly SideEffect[]): CapabilitySpec["operation"] {
  if (sideEffects.includes("filesystem_delete")) return "DELETE";
  if (sideEffects.includes("system_exec")) return "EXECUTE";
  if (sideEffects.some((effect) => effect === "network_read" || effect === "network_write")) return "NETWORK";
  return sideEffects.some((effect) => effect === "filesystem_write" || effect === "state_mutation")
    ? "WRITE"
    : "READ";
}
