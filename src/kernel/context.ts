import type { CapabilitySpec, SideEffect } from "../contract/capability.ts";
import type { EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Context, Net, Processes } from "../contract/handler.ts";
import type { Change } from "../contract/image.ts";
import { createFiles } from "../workspace/files.ts";
import type { Directory } from "../workspace/walk.ts";
import type { Workspace } from "../workspace/workspace.ts";

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

export type ContextOptions = {
  readonly spec: CapabilitySpec;
  readonly workspace: Workspace;
  readonly run: string;
  readonly directory: Directory;
  readonly prefix: readonly string[];
  readonly signal: AbortSignal;
  readonly idempotencyKey: string;
  readonly now: () => number;
  /** Makes an effect's intent durable. */
  readonly intend: (data: EventOf<"effect-intended">["data"]) => Promise<void>;
  readonly openNet: OpenNet;
  readonly openProcesses: OpenProcesses;
};

export type OuterOptions = {
  readonly spec: CapabilitySpec;
  readonly signal: AbortSignal;
  readonly require: (...anyOf: readonly SideEffect[]) => void;
  /** Awaited before anything leaves the process. */
  readonly intend: (target: string) => Promise<void>;
};
export type OpenNet = (options: OuterOptions) => Net;
export type OpenProcesses = (options: OuterOptions & { readonly cwd: string }) => Processes;

/** A step's context, and how to wait for what the handler left running in it. */
export type OpenContext = { readonly context: Context; readonly settle: () => Promise<void> };

/** Builds what a handler may touch: each door refuses what the contract does not declare. */
export function openContext(options: ContextOptions): OpenContext {
  const { spec, workspace, signal, intend } = options;
  const running = new Set<Promise<unknown>>();
  const require = (...anyOf: readonly SideEffect[]): void => {
    if (!anyOf.some((effect) => spec.side_effects.includes(effect)))
      throw new RuntimeError("EFFECT_UNDECLARED", `${spec.id} did what its contract does not declare: ${anyOf[0]}.`);
  };
  const intendEffect = (op: EventOf<"effect-intended">["data"]["op"], changes: readonly Change[], target?: string) => {
    signal.throwIfAborted();
    return intend({ op, changes: [...changes], ...(target === undefined ? {} : { target }) });
  };
  const fs = createFiles({
    workspace,
    directory: options.directory,
    prefix: options.prefix,
    run: options.run,
    maxBytes: spec.limits.max_bytes ?? DEFAULT_MAX_BYTES,
    signal,
    require,
    intend: intendEffect,
  });
  const outer = { spec, signal, require };
  const cwd = [workspace.path, ...options.prefix].join("/");
  const context: Context = {
    fs: tracked(fs, running),
    net: tracked(options.openNet({ ...outer, intend: (target) => intendEffect("http", [], target) }), running),
    process: tracked(options.openProcesses({ ...outer, cwd, intend: (target) => intendEffect("process", [], target) }), running),
    now: options.now,
    signal,
    idempotencyKey: options.idempotencyKey,
    spec,
  };
  return {
    context,
    settle: async () => {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

/** The same doors, where every promise that is still open is remembered. */
function tracked<Doors extends object>(doors: Doors, running: Set<Promise<unknown>>): Doors {
  return new Proxy(doors, {
    get(target, name, receiver) {
      const door: unknown = Reflect.get(target, name, receiver);
      if (typeof door !== "function") return door;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(door, target, args);
        if (result instanceof Promise) {
          running.add(result);
          const done = () => running.delete(result);
          result.then(done, done);
        }
        return result;
      };
    },
  });
}
