import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

import { RuntimeError } from "../contract/errors.ts";
import { bubblewrapArguments, findBubblewrap } from "./bubblewrap.ts";
import { NODE_PROGRAM, nodeFiles } from "./node-files.ts";

/** `bubblewrap`: namespaces outside, Node's permission model inside. `node`: the permission model alone. */
export const LAYERS = ["bubblewrap", "node"] as const;
export type Layers = (typeof LAYERS)[number];

/** Of one handler, in MiB: JavaScript's own memory. Buffers and the rest of Node lie beside it. */
export const HEAP_MIB = 256;
// V8 sets 512 MiB of addresses aside for code that it compiles, which counts as data although it stays empty.
const DATA_MIB = HEAP_MIB + 256 + 512 + 256;
const MAX_STDERR = 2000;

export type Child = {
  readonly input: Writable;
  readonly output: Readable;
  /** Ends it and everything that it started. */
  readonly kill: () => void;
  /** When it has ended: how, and the beginning of what it wrote to its standard error. */
  readonly ended: Promise<{ readonly how: string; readonly isOutOfMemory: boolean; readonly stderr: string }>;
};

/**
 * The command line that starts Node with the child's program and nothing else.
 *
 * @throws SANDBOX_UNAVAILABLE
 */
export async function sandboxCommand(
  layers: Layers,
  program = childProgram(),
): Promise<readonly [string, ...string[]]> {
  if (layers === "node") return withLimits([process.execPath, ...nodeArguments(program)]);
  const found = await findBubblewrap();
  if (!found.isAvailable)
    throw new RuntimeError("SANDBOX_UNAVAILABLE", `Code of packs cannot be confined here: ${found.reason}.`);
  const bubble = bubblewrapArguments({
    command: [NODE_PROGRAM, ...nodeArguments("/child.mjs")],
    readOnly: [...nodeFiles(), { from: program, to: "/child.mjs" }],
    network: "none",
    env: {},
    cwd: "/",
  });
  return withLimits([found.program, ...bubble]);
}

export function startChild([program, ...args]: readonly [string, ...string[]]): Child {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(program, args, {
    cwd: "/",
    env: {},
    detached: true,
    stdio: ["pipe", "ignore", "pipe", "pipe"],
  });
  const kill = () => killGroup(child);
  process.once("exit", kill);
  const stderr = beginningOf(child.stderr as Readable);
  const input = child.stdin as Writable;
  // A child that has ended reads nothing any more; its end is what counts.
  input.on("error", () => {});
  const ended = new Promise<Awaited<Child["ended"]>>((resolve) => {
    child.on("error", ({ message }) => resolve({ how: message, isOutOfMemory: false, stderr: "" }));
    child.on("close", (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      resolve({ how, isOutOfMemory: isOutOfMemory(code, signal), stderr: stderr() });
    });
  }).finally(() => process.removeListener("exit", kill));
  return { input, output: child.stdio[3] as Readable, kill, ended };
}

function childProgram(): string {
  // Beside the sources, and beside the chunks of a build.
  const places = ["child.mjs", "sandbox/child.mjs", "../sandbox/child.mjs"];
  const found = places.map((each) => join(import.meta.dirname, each)).find((each) => existsSync(each));
  if (found !== undefined) return found;
  throw new RuntimeError(
    "SANDBOX_UNAVAILABLE",
    "The sandbox's own program is missing; install the package again.",
  );
}

function nodeArguments(program: string): string[] {
  return [
    "--permission",
    `--allow-fs-read=${program}`,
    `--max-old-space-size=${HEAP_MIB}`,
    "--disable-sigusr1",
    "--no-warnings",
    program,
  ];
}

/** Node cannot limit what lies outside of JavaScript's memory, and a process that dies leaves no image of it. */
function withLimits(command: readonly string[]): readonly [string, ...string[]] {
  return ["/bin/sh", "-c", `ulimit -c 0 && ulimit -d ${DATA_MIB * 1024} && exec "$@"`, "sh", ...command];
}

// Node aborts (6) or traps (5) when memory ends; under bubblewrap both become exit codes.
const OUT_OF_MEMORY = new Set(["SIGABRT", "SIGTRAP", 133, 134]);

function isOutOfMemory(code: number | null, signal: NodeJS.Signals | null): boolean {
  return OUT_OF_MEMORY.has(signal ?? code ?? 0);
}

function beginningOf(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (more: string) => {
    if (text.length < MAX_STDERR) text = (text + more).slice(0, MAX_STDERR);
  });
  return () => text;
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  // After its end the number may be somebody else's.
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
