import type { Command } from "commander";

import { examplesOf } from "./build-program.ts";

/** The reference page of the command line, as Markdown. */
export function documentProgram(program: Command): string {
  const commands = leavesOf(program);
  const lines = [
    "# Command line",
    "",
    "Generated from the commands themselves.",
    "",
    "```",
    "airun <command> [options]",
    "```",
    "",
    "| Command | What it does |",
    "|---|---|",
    ...commands.map(
      (command) =>
        `| [\`${nameOf(command)}\`](#${nameOf(command).replaceAll(" ", "-")}) | ${cell(command.summary())} |`,
    ),
    "",
    "`RUN` is a run's id, four or more characters of its beginning or end, or `last`.",
    "",
    "Every command takes:",
    "",
    ...optionsTable(program),
    ...commands.flatMap(documentCommand),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function documentCommand(command: Command): string[] {
  const args = command.registeredArguments;
  const examples = examplesOf(command);
  return [
    "",
    `## ${nameOf(command)}`,
    "",
    command.description(),
    "",
    "```",
    `${nameOf(command)} ${command.usage()}`.trim(),
    "```",
    ...(args.length === 0
      ? []
      : [
          "",
          "| Argument | Meaning |",
          "|---|---|",
          ...args.map(
            (each) => `| \`${each.name()}\` | ${cell(withChoices(each.description, each.argChoices))} |`,
          ),
        ]),
    ...(command.options.length === 0 ? [] : ["", ...optionsTable(command)]),
    ...(examples.length === 0
      ? []
      : ["", "```sh", ...examples.flatMap(([line, what]) => [`# ${what}`, line]), "```"]),
  ];
}

function optionsTable(command: Command): string[] {
  const rows = command.options.map(
    ({ flags, description, argChoices }) =>
      `| \`${flags.replaceAll("|", "\\|")}\` | ${cell(withChoices(description, argChoices))} |`,
  );
  return ["| Option | Meaning |", "|---|---|", ...rows];
}

function leavesOf(command: Command): Command[] {
  return command.commands.flatMap((child) => (child.commands.length === 0 ? [child] : leavesOf(child)));
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function withChoices(text: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? text : `${text}: ${choices.join(", ")}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
