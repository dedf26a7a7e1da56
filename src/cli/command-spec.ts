import type { RuntimeError } from "../contract/errors.ts";
import type { Environment } from "../kernel/home.ts";
import type { Action } from "./session.ts";

/** One command as it is declared: its help, completion and reference page follow from this. */
export type CommandSpec = {
  readonly name: string;
  /** As commander writes them: `<run>`, `[run]`, `<file...>`. */
  readonly arguments?: readonly ArgumentSpec[];
  readonly summary: string;
  /** What the summary does not say. */
  readonly description?: string;
  readonly options?: readonly OptionSpec[];
  /** What it prints on the standard output where a command line, its options or its work is refused. */
  readonly refuse?: () => Promise<
    (error: RuntimeError, argv: readonly string[], env: Environment) => unknown
  >;
  readonly examples?: readonly (readonly [commandLine: string, what: string])[];
} & ({ readonly load: () => Promise<Action> } | { readonly commands: readonly CommandSpec[] });

/** For every command that starts a run. */
export const INPUTS: readonly OptionSpec[] = [
  {
    flags: "--input <name=value>",
    text: "an input; a value that is JSON keeps its type (repeatable)",
    isRepeatable: true,
  },
  {
    flags: "--input-json <object>",
    text: "inputs as a JSON object: the text itself, @FILE, or - for the standard input",
  },
  { flags: "--cwd <subdir>", text: "directory below the workspace that the run is confined to" },
];

/** For every command that follows a run. */
export const NO_INPUT: OptionSpec = {
  flags: "--no-input",
  text: "ask nothing at the terminal; a run that waits stays paused",
};

export type ArgumentSpec = {
  readonly syntax: string;
  readonly text: string;
  readonly choices?: readonly string[];
};

/** The options of one command line: what the command declares, and what of it was given. */
export type GivenOptions = {
  readonly declared: ReadonlyMap<string, "text" | "list" | "flag">;
  readonly values: Readonly<Record<string, unknown>>;
};

export type OptionSpec = {
  readonly flags: string;
  readonly text: string;
  readonly isRepeatable?: boolean;
  readonly choices?: readonly string[];
  /** Long names of options that exclude this one, without dashes. */
  readonly conflicts?: readonly string[];
};
