import type { Command, CommanderError } from "commander";

import { CATEGORIES, RuntimeError, toFailure } from "../contract/errors.ts";
import { buildProgram } from "./build-program.ts";
import { commandName } from "./command-name.ts";
import { COMMANDS } from "./commands.ts";
import type { Io } from "./io.ts";
import { asRuntimeError, renderError } from "./render-error.ts";
import { createSession } from "./session.ts";
import { styleOf } from "./style.ts";

/** Runs one command line, without the program's name, and resolves with its exit code; it never rejects. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  // What the others are called is asked for only where it is none of them.
  const named = COMMANDS.filter(({ name }) => name === argv[0]);
  const program = buildProgram(
    io.version,
    named.length > 0 ? named : COMMANDS,
    async (spec, args, options) => {
      const action = await spec.load();
      exitCode = await action(createSession(io, args, options));
    },
  );
  writeHelpTo(program, io);
  try {
    await program.parseAsync(argv.length === 0 ? ["--help"] : argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (isCommanderError(error) && error.exitCode === 0) return 0;
    return await report(isCommanderError(error) ? toUsageError(error) : asRuntimeError(error), argv, io);
  }
}

async function report(error: RuntimeError, argv: readonly string[], io: Io): Promise<number> {
  const refuse = await COMMANDS.find(({ name }) => name === commandName(argv))?.refuse?.();
  if (refuse !== undefined) io.stdout.write(`${JSON.stringify(refuse(error, argv, io.env))}\n`);
  else if (wantsJson(argv)) io.stdout.write(`${JSON.stringify({ error: toFailure(error) }, null, 2)}\n`);
  else for (const line of renderError(error, styleOf(io.stderr, io.env).colors)) io.stderr.write(`${line}\n`);
  if (io.env["AIRUN_DEBUG"] === "1") io.stderr.write(`${stackOf(error)}\n`);
  return CATEGORIES[error.category].exit;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).includes("--json");
}

function writeHelpTo(command: Command, io: Io): void {
  const columns = io.stdout.terminal()?.columns ?? 100;
  command.configureOutput({
    writeOut: (text) => io.stdout.write(text),
    getOutHelpWidth: () => columns,
    getErrHelpWidth: () => columns,
  });
  for (const child of command.commands) writeHelpTo(child, io);
}

function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && "code" in error && String(error.code).startsWith("commander.");
}

function toUsageError({ code, message }: CommanderError): RuntimeError {
  if (code === "commander.help") return new RuntimeError("USAGE", "A command is missing.");
  const text = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  return new RuntimeError(
    "USAGE",
    `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(")") || text.endsWith(".") ? "" : "."}`,
  );
}
