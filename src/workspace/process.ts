import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { constants as os } from "node:os";
import { dirname, join } from "node:path";

import type { CapabilitySpec } from "../contract/capability.ts";
import { fromSystem, RuntimeError } from "../contract/errors.ts";
import type { ProcessCall, Processes, ProcessResult } from "../contract/handler.ts";
import { checkArguments } from "./process-arguments.ts";

export type ProcessesOptions = {
  readonly spec: CapabilitySpec;
  /** Working directory and HOME of the child, as a real path. */
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Resolves once the intent is durable; the child starts after it. */
  readonly intend: (command: string, args: readonly string[]) => Promise<void>;
};

const SEARCH_PATH = ["/usr/local/bin", "/usr/bin", "/bin"];
const MAX_OUTPUT_BYTES = 1024 * 1024;
const GRACE_MS = 2_000;

/**
 * `ctx.process`: starts programs of the contract's list by their bare name, without a shell, with an environment of
 * four variables, in a process group of their own that does not outlive the call.
 */
export function createProcesses(options: ProcessesOptions): Processes {
  const { spec, cwd, signal, intend } = options;
  return {
    async run(call) {
      signal.throwIfAborted();
      if (!spec.side_effects.includes("system_exec"))
        throw new RuntimeError(
          "EFFECT_UNDECLARED",
          `${spec.id} starts a program without declaring system_exec.`,
          {
            details: { effect: "system_exec" },
          },
        );
      const { command, args = [] } = call;
      if (!/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(command) || !spec.process?.commands.includes(command))
        throw new RuntimeError(
          "PROCESS_REFUSED",
          `The command ${JSON.stringify(command)} is not on the list of ${spec.id}.`,
        );
      checkArguments(command, args, cwd);
      const program = findProgram(command);
      await intend(command, args);
      signal.throwIfAborted();
      return await runChild(options, program, call);
    },
  };
}

function findProgram(command: string): string {
  // The node that runs us stands first: the machine may have an older one, or none.
  const places = command === "node" ? [dirname(process.execPath), ...SEARCH_PATH] : SEARCH_PATH;
  const found = places.map((directory) => join(directory, command)).find(isExecutable);
  if (found === undefined)
    throw new RuntimeError(
      "PROCESS_REFUSED",
      `The command "${command}" is not installed in ${places.join(", ")}.`,
    );
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

async function runChild(
  { spec, cwd, signal }: ProcessesOptions,
  program: string,
  call: ProcessCall,
): Promise<ProcessResult> {
  const timeoutMs = call.timeoutMs ?? spec.timeout_seconds * 1000;
  // Loaded with the first program: most runs start none.
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(program, [...(call.args ?? [])], {
    cwd,
    detached: true,
    env: environment(cwd, call.command),
  });
  // A child that does not read its input closes the pipe; that is no failure.
  child.stdin.on("error", () => {});
  child.stdin.end(call.stdin ?? "");

  let stopped: { readonly reason: unknown; readonly killer: NodeJS.Timeout } | undefined;
  const stop = (reason: unknown) => {
    if (stopped !== undefined) return;
    killGroup(child, "SIGTERM");
    stopped = { reason, killer: setTimeout(() => killGroup(child, "SIGKILL"), GRACE_MS) };
  };
  const stdout = capture(child, "stdout", stop);
  const stderr = capture(child, "stderr", stop);
  const timer = setTimeout(
    () => stop(new RuntimeError("TIMED_OUT", `"${call.command}" took longer than ${timeoutMs} ms.`)),
    timeoutMs,
  );
  const onAbort = () => stop(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const exitCode = await ended(child, call.command);
    if (stopped !== undefined) throw stopped.reason;
    return { stdout: text(stdout), stderr: text(stderr), exitCode };
  } finally {
    clearTimeout(timer);
    clearTimeout(stopped?.killer);
    signal.removeEventListener("abort", onAbort);
  }
}

function environment(cwd: string, command: string): Record<string, string> {
  const env = {
    PATH: [dirname(process.execPath), ...SEARCH_PATH].join(":"),
    HOME: cwd,
    LANG: "C.UTF-8",
    TZ: "UTC",
  };
  if (command !== "git") return env;
  // A workspace must not configure the git that looks at it, nor lead it to a repository above.
  return {
    ...env,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "safe.bareRepository",
    GIT_CONFIG_VALUE_0: "explicit",
    GIT_CEILING_DIRECTORIES: dirname(cwd),
    GIT_ALLOW_PROTOCOL: "https",
    GIT_TERMINAL_PROMPT: "0",
  };
}

function capture(
  child: ChildProcessWithoutNullStreams,
  name: "stdout" | "stderr",
  stop: (reason: unknown) => void,
): readonly Buffer[] {
  const chunks: Buffer[] = [];
  let size = 0;
  child[name].on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk);
    else stop(new RuntimeError("LIMIT_EXCEEDED", `${name} is larger than ${MAX_OUTPUT_BYTES} bytes.`));
  });
  return chunks;
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8");
}

/** The exit code; that of a program that a signal ended is 128 and the signal's number, as shells have it. */
function ended(child: ChildProcessWithoutNullStreams, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(fromSystem(error, `The command "${command}"`)));
    // What the program leaves behind in the background must not hold its output open.
    child.on("exit", () => killGroup(child, "SIGKILL"));
    child.on("close", (code, signal) => resolve(signal === null ? Number(code) : 128 + os.signals[signal]));
  });
}

function killGroup({ pid }: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
