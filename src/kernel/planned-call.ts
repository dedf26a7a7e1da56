import type { CapabilitySpec } from "../contract/capability.ts";
import { fromSystem, RuntimeError } from "../contract/errors.ts";
import type { Context } from "../contract/handler.ts";
import { isObject } from "../contract/json.ts";
import type { LoadedCapability } from "./capabilities.ts";
import { parseOutputs } from "./validate.ts";
import { createPlannedFiles } from "../workspace/planned-files.ts";
import type { PlannedTree } from "../workspace/planned-tree.ts";

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const INSIDE: readonly CapabilitySpec["side_effects"][number][] = [
  "read_only",
  "filesystem_read",
  "filesystem_write",
  "filesystem_delete",
];

/** Whether a plan can run the handler itself, because all its effects are on files, or it has none. */
export function staysInside({ side_effects }: CapabilitySpec): boolean {
  return side_effects.every((effect) => INSIDE.includes(effect));
}

export type PlannedCall = {
  readonly tree: PlannedTree;
  readonly prefix: readonly string[];
  readonly step: string;
  readonly inputs: Record<string, unknown>;
  readonly idempotencyKey: string;
  readonly timeoutMs: number;
  readonly now: () => number;
  /** The handler looked at files. */
  readonly onRead: () => void;
};

/** Runs the handler on the plan's files. After a failure the tree is as it was before. @throws what the handler threw */
export async function runPlanned(
  { spec, handler }: LoadedCapability,
  call: PlannedCall,
): Promise<Record<string, unknown>> {
  const { tree, step, timeoutMs } = call;
  const before = tree.root;
  const controller = new AbortController();
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {});
  const timer = setTimeout(() => {
    const error = new RuntimeError("TIMED_OUT", `The step "${step}" took longer than ${timeoutMs} ms.`);
    controller.abort(error);
    late.reject(error);
  }, timeoutMs);
  try {
    const run = await handler();
    const outputs: unknown = await Promise.race([
      run(contextOf(spec, call, controller.signal), call.inputs),
      late.promise,
    ]);
    await Promise.race([tree.settle(), late.promise]);
    return parseOutputs(spec, isObject(outputs) ? outputs : { value: outputs });
  } catch (error) {
    tree.root = before;
    throw error instanceof RuntimeError ? error : fromSystem(error);
  } finally {
    clearTimeout(timer);
    // Whatever the handler left running can change nothing any more.
    controller.abort(new RuntimeError("CANCELLED", `The step "${step}" has ended.`));
  }
}

function contextOf(
  spec: CapabilitySpec,
  { tree, prefix, now, idempotencyKey, onRead }: PlannedCall,
  signal: AbortSignal,
): Context {
  const refuse = (effect: string) => async () => {
    throw new RuntimeError(
      "EFFECT_UNDECLARED",
      `${spec.id} did what its contract does not declare: ${effect}.`,
    );
  };
  return {
    fs: createPlannedFiles({
      tree,
      prefix,
      signal,
      now,
      onRead,
      maxBytes: spec.limits.max_bytes ?? DEFAULT_MAX_BYTES,
      needs: (...anyOf) => {
        if (!anyOf.some((effect) => spec.side_effects.includes(effect)))
          throw new RuntimeError(
            "EFFECT_UNDECLARED",
            `${spec.id} did what its contract does not declare: ${anyOf[0]}.`,
          );
      },
    }),
    net: { request: refuse("network_read") },
    process: { run: refuse("system_exec") },
    now,
    signal,
    idempotencyKey,
    spec,
  };
}
