import type { CapabilitySpec, SideEffect } from "../contract/capability.ts";
import type { EventOf } from "../contract/entry.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { Context, Net, Processes } from "../contract/handler.ts";
import { createFiles } from "../workspace/files.ts";
import type { Withdraw } from "../workspace/files-options.ts";
import type { ReadMarks } from "../workspace/read-marks.ts";
import type { Directory } from "../workspace/walk.ts";
import type { Workspace } from "../workspace/workspace.ts";

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

export type ContextOptions = {
  readonly spec: CapabilitySpec;
  readonly workspace: Workspace;
  readonly run: string;
  readonly directory: Directory;
  readonly prefix: readonly string[];
  readonly reads: ReadMarks;
  readonly signal: AbortSignal;
  readonly idempotencyKey: string;
  readonly now: () => number;
  /** Number of the ledger's newest entry. */
  readonly lastSeq: () => number;
  /** Makes an effect's intent durable. */
  readonly intend: (data: EventOf<"effect-intended">["data"]) => Promise<Withdraw>;
  readonly openNet: OpenNet;
  readonly openProcesses: OpenProcesses;
};

export type OuterOptions = {
  readonly spec: CapabilitySpec;
  readonly signal: AbortSignal;
  /** Awaited before anything leaves the process. */
  readonly intend: (target: string) => Promise<void>;
};
export type OpenNet = (options: OuterOptions) => Net;
export type OpenProcesses = (options: OuterOptions & { readonly cwd: string }) => Processes;

/** A step's context, and how to wait for what the handler left running in it. */
export type OpenContext = {
  readonly context: Context;
  readonly settle: () => Promise<void>;
  /** Paths below the workspace whose contents the handler has asked for. */
  readonly pathsRead: () => readonly string[];
  /** The first refusal of what the contract does not declare, be it that the handler went on as if nothing were. */
  readonly undeclared: () => RuntimeError | undefined;
};

/** Builds what a handler may touch: each door refuses what the contract does not declare, and opens on first use. */
export function openContext(options: ContextOptions): OpenContext {
  const { spec, signal } = options;
  const running = new Set<Promise<unknown>>();
  const read = new Set<string>();
  const noteRead = (door: string, path: unknown) => {
    if (READS.has(door) && typeof path === "string") read.add([...options.prefix, path].join("/"));
  };
  let undeclared: RuntimeError | undefined;
  const noteError = (error: unknown): void => {
    if (error instanceof RuntimeError && error.code === "EFFECT_UNDECLARED") undeclared ??= error;
  };
  let fs: Context["fs"] | undefined;
  let net: Net | undefined;
  let processes: Processes | undefined;
  const context: Context = {
    get fs() {
      return (fs ??= tracked(openFiles(options, noteError), running, noteError, noteRead));
    },
    get net() {
      return (net ??= tracked(
        options.openNet({ spec, signal, intend: intendOuter(options, "http") }),
        running,
        noteError,
      ));
    },
    get process() {
      return (processes ??= tracked(
        options.openProcesses({ spec, signal, cwd: cwdOf(options), intend: intendOuter(options, "process") }),
        running,
        noteError,
      ));
    },
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
    pathsRead: () => [...read],
    undeclared: () => undeclared,
  };
}

function openFiles(options: ContextOptions, noteError: (error: unknown) => void): Context["fs"] {
  const { spec, signal, workspace, directory, prefix, run, reads, lastSeq, intend } = options;
  return createFiles({
    workspace,
    directory,
    prefix,
    run,
    reads,
    signal,
    maxBytes: spec.limits.max_bytes ?? DEFAULT_MAX_BYTES,
    needs(...anyOf) {
      if (anyOf.some((effect) => spec.side_effects.includes(effect))) return;
      const error = undeclaredEffect(spec, anyOf[0]);
      noteError(error);
      throw error;
    },
    lastSeq,
    intend: async (op, changes, lookedAfter) => {
      signal.throwIfAborted();
      return intend({ changes: [...changes], lookedAfter, op });
    },
  });
}

function undeclaredEffect({ id }: CapabilitySpec, effect: SideEffect | undefined): RuntimeError {
  return new RuntimeError("EFFECT_UNDECLARED", `${id} did what its contract does not declare: ${effect}.`);
}

function intendOuter(
  { signal, intend }: ContextOptions,
  op: "http" | "process",
): (target: string) => Promise<void> {
  return async (target) => {
    signal.throwIfAborted();
    await intend({ op, changes: [], target });
  };
}

function cwdOf({ workspace, prefix }: ContextOptions): string {
  return [workspace.path, ...prefix].join("/");
}

const READS: ReadonlySet<string> = new Set(["read", "readChunks", "copy", "move"]);

/** The same doors, where every promise that is still open is remembered. */
function tracked<Doors extends object>(
  doors: Doors,
  running: Set<Promise<unknown>>,
  onError: (error: unknown) => void,
  onCall: (door: string, argument: unknown) => void = () => {},
): Doors {
  return new Proxy(doors, {
    get(target, name, receiver) {
      const door: unknown = Reflect.get(target, name, receiver);
      if (typeof door !== "function") return door;
      return (...args: unknown[]) => {
        onCall(String(name), args[0]);
        const result: unknown = Reflect.apply(door, target, args);
        if (result instanceof Promise) {
          running.add(result);
          const done = () => running.delete(result);
          result.then(done, (error: unknown) => {
            onError(error);
            done();
          });
        }
        return result;
      };
    },
  });
}
