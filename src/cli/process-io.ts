import { once } from "node:events";
import { isatty } from "node:tty";

import { CATEGORIES, RuntimeError } from "../contract/errors.ts";
import { packageVersion } from "../kernel/package-root.ts";
import type { Input, Io, Output } from "./io.ts";
import { asRuntimeError, renderError } from "./render-error.ts";
import { styleOf } from "./style.ts";

// One request to stop can arrive twice: from the terminal, and from the parent process that passes it on.
const SAME_REQUEST_MS = 250;

/** The command line's surroundings in a real process. */
export function createProcessIo({
  wasInterrupted = () => false,
  ...doors
}: Pick<Io, "openRuntime" | "openPlanner" | "openRegistry" | "openHome" | "openStation" | "serve"> & {
  readonly wasInterrupted?: () => boolean;
}): Io {
  endQuietlyWithReader(process.stdout);
  endQuietlyWithReader(process.stderr);
  process.on("uncaughtException", endWithError);
  return {
    version: packageVersion(),
    env: process.env,
    cwd: process.cwd(),
    stdout: createOutput(process.stdout),
    stderr: createOutput(process.stderr),
    stdin: createInput(),
    ...doors,
    onInterrupt: (callback) => {
      const stop = onInterrupt(callback);
      if (wasInterrupted()) callback();
      return stop;
    },
    onFault,
    abandon: (exitCode) => process.exit(exitCode),
  };
}

// What no command awaited, such as a timer's fault.
function endWithError(thrown: unknown): void {
  const stderr = createOutput(process.stderr);
  for (const line of renderError(asRuntimeError(thrown), styleOf(stderr, process.env).colors))
    stderr.write(`${line}\n`);
  if (process.env["AIRUN_DEBUG"] === "1" && thrown instanceof Error) stderr.write(`${thrown.stack}\n`);
  process.exit(CATEGORIES.INTERNAL_ERROR.exit);
}

// `airun runs | head` closes the pipe early; that is no failure of ours.
function endQuietlyWithReader(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(process.exitCode ?? 0);
  });
}

function createOutput(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    drained: () => (stream.writableNeedDrain ? once(stream, "drain").then(() => {}) : Promise.resolve()),
    terminal: () => (stream.isTTY ? { columns: stream.columns || 80, rows: stream.rows || 24 } : null),
  };
}

function createInput(): Input {
  return {
    isTerminal: isatty(0),
    async readText(maxBytes) {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > maxBytes)
          throw new RuntimeError("LIMIT_EXCEEDED", `The standard input has more than ${maxBytes} bytes.`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks).toString("utf8");
    },
    async readLine(prompt) {
      const { createInterface } = await import("node:readline");
      const lines = createInterface({ input: process.stdin, output: process.stdout });
      try {
        return await new Promise((resolve) => {
          lines.once("close", () => resolve(null));
          lines.question(prompt, resolve);
        });
      } finally {
        lines.close();
      }
    },
  };
}

function onFault(callback: (error: unknown) => void): () => void {
  // Instead of the listener that ends the process with a text.
  process.off("uncaughtException", endWithError);
  process.on("uncaughtException", callback);
  return () => {
    process.off("uncaughtException", callback);
    process.on("uncaughtException", endWithError);
  };
}

function onInterrupt(callback: () => void): () => void {
  let lastMs = -Infinity;
  const listener = () => {
    const nowMs = performance.now();
    if (nowMs - lastMs < SAME_REQUEST_MS) return;
    lastMs = nowMs;
    callback();
  };
  process.on("SIGINT", listener);
  process.on("SIGTERM", listener);
  return () => {
    process.off("SIGINT", listener);
    process.off("SIGTERM", listener);
  };
}
