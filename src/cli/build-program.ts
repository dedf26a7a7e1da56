import { Argument, Command, Option } from "commander";

import type { ArgumentSpec, CommandSpec, GivenOptions, OptionSpec } from "./command-spec.ts";

export type Execute = (
  spec: Extract<CommandSpec, { load: unknown }>,
  args: readonly string[],
  options: GivenOptions,
) => Promise<void>;

const examples = new WeakMap<Command, NonNullable<CommandSpec["examples"]>>();

const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: "--workspace <dir>", text: "directory that effects are confined to (default: ./workspace)" },
  { flags: "--json", text: "print one JSON document and nothing else" },
];

/** The commander tree of the declared commands. Errors of use are thrown as `CommanderError`. */
export function buildProgram(version: string, specs: readonly CommandSpec[], execute: Execute): Command {
  const program = new Command("airun")
    .description("Runs what agents want done: checked, recorded, undoable.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false });
  for (const option of GLOBAL_OPTIONS) program.addOption(createOption(option));
  for (const spec of specs) program.addCommand(createCommand(spec, execute));
  program.addHelpText(
    "after",
    "\nRUN is a run's id, four or more characters of its beginning or end, or `last`.\n",
  );
  return silence(program);
}

/** The declared examples of a command. */
export function examplesOf(command: Command): NonNullable<CommandSpec["examples"]> {
  return examples.get(command) ?? [];
}

function createCommand(spec: CommandSpec, execute: Execute): Command {
  const command = new Command(spec.name).summary(spec.summary).description(describe(spec));
  command.helpOption("-h, --help", "show help").configureHelp({ showGlobalOptions: true });
  for (const argument of spec.arguments ?? []) command.addArgument(createArgument(argument));
  for (const option of spec.options ?? []) command.addOption(createOption(option));
  if (spec.examples !== undefined) {
    examples.set(command, spec.examples);
    command.addHelpText(
      "after",
      `\nExamples:\n${spec.examples.map(([line, what]) => `  ${line}\n      ${what}`).join("\n")}\n`,
    );
  }
  if ("commands" in spec)
    for (const child of spec.commands) command.addCommand(createCommand(child, execute));
  else {
    const declared = kindsOf([...GLOBAL_OPTIONS, ...(spec.options ?? [])]);
    command.action(() => execute(spec, command.args, { declared, values: command.optsWithGlobals() }));
  }
  return command;
}

function describe({ summary, description }: CommandSpec): string {
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  return description === undefined ? sentence : `${sentence} ${description}`;
}

function createArgument({ syntax, text, choices }: ArgumentSpec): Argument {
  const argument = new Argument(syntax, text);
  return choices === undefined ? argument : argument.choices(choices);
}

function createOption({ flags, text, isRepeatable, choices, conflicts }: OptionSpec): Option {
  const option = new Option(flags, text);
  // `--no-input` is a switch of its own, not the opposite of `--input`.
  option.negate = false;
  if (isRepeatable === true)
    option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  if (choices !== undefined) option.choices(choices);
  if (conflicts !== undefined) option.conflicts([...conflicts]);
  return option;
}

/** By the names that actions ask for: `noInput` for `--no-input`. */
function kindsOf(options: readonly OptionSpec[]): GivenOptions["declared"] {
  return new Map(options.map((option) => [createOption(option).attributeName(), kindOf(option)]));
}

function kindOf({ flags, isRepeatable }: OptionSpec): "text" | "list" | "flag" {
  if (isRepeatable === true) return "list";
  return flags.includes("<") ? "text" : "flag";
}

function silence(command: Command): Command {
  command.exitOverride().configureOutput({ writeErr: () => {} });
  for (const child of command.commands) silence(child);
  return command;
}
