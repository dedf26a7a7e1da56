import type { Command } from "commander";

import { RuntimeError } from "../contract/errors.ts";
import type { Action } from "./session.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

type Shell = (typeof SHELLS)[number];

export const completion: Action = async (session) => {
  const { buildProgram } = await import("./build-program.ts");
  const { COMMANDS } = await import("./commands.ts");
  const [shell = ""] = session.args;
  if (!isShell(shell)) throw new RuntimeError("USAGE", `"${shell}" is none of ${SHELLS.join(", ")}.`);
  const script = renderCompletion(
    shell,
    buildProgram(session.io.version, COMMANDS, async () => {}),
  );
  session.emit({ shell, script }, () => script.trimEnd().split("\n"));
  return 0;
};

/** The completion script of a shell for a command tree. */
export function renderCompletion(shell: Shell, program: Command): string {
  const nodes = nodesOf(program, program, "");
  switch (shell) {
    case "bash":
      return renderBash(nodes);
    case "zsh":
      return `#compdef airun\nautoload -U +X bashcompinit && bashcompinit\n${renderBash(nodes)}`;
    case "fish":
      return renderFish(nodes);
    default:
      return shell satisfies never;
  }
}

type Flag = {
  readonly long: string;
  readonly text: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
};
type Node = {
  /** The words that lead to the command: `audit log`; empty for the program. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly text: string }[];
  readonly flags: readonly Flag[];
  readonly words: readonly string[];
};

function nodesOf(command: Command, program: Command, path: string): Node[] {
  const own: Node = {
    path,
    commands: command.commands.map((child) => ({ name: child.name(), text: child.summary() })),
    flags: [...new Set([...command.options, ...program.options])].flatMap(
      ({ long, description, required, argChoices = [] }) =>
        long === undefined || long === null
          ? []
          : [{ long, text: description, takesValue: required, choices: argChoices }],
    ),
    words: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
  return [
    own,
    ...command.commands.flatMap((child) =>
      nodesOf(child, program, path === "" ? child.name() : `${path} ${child.name()}`),
    ),
  ];
}

function renderBash(nodes: readonly Node[]): string {
  const paths = nodes.filter(({ path }) => path !== "").map(({ path }) => `"${path}"`);
  const words = nodes.map(
    ({ path, commands, flags, words: values }) =>
      `    "${path}") words="${[...commands.map(({ name }) => name), ...values, ...flags.map(({ long }) => long), "--help"].join(" ")}" ;;`,
  );
  const choices = new Map(nodes.flatMap(({ flags }) => flags).map((flag) => [flag.long, flag]));
  const values = [...choices.values()]
    .filter(({ takesValue }) => takesValue)
    .map(({ long, choices: known }) =>
      known.length > 0
        ? `    ${long}) COMPREPLY=($(compgen -W "${known.join(" ")}" -- "$cur")); return ;;`
        : `    ${long}) COMPREPLY=($(compgen -f -- "$cur")); return ;;`,
    );
  return `_airun() {
  local cur prev path next words i
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  path=""
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
    ${paths.join("|")}) path="$next" ;;
    esac
  done
  case "$prev" in
${values.join("\n")}
  esac
  case "$path" in
${words.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ -z "$path" ] || COMPREPLY+=($(compgen -f -- "$cur"))
}
complete -o filenames -F _airun airun
`;
}

function renderFish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, commands, flags, words }) => {
    const names = commands.map(({ name }) => name);
    const seen = path
      .split(" ")
      .filter((word) => word !== "")
      .map((word) => `__fish_seen_subcommand_from ${word}`);
    const none = names.length === 0 ? [] : [`not __fish_seen_subcommand_from ${names.join(" ")}`];
    const here = `complete -c airun -n ${quote([...seen, ...none].join("; and "))}`;
    return [
      ...commands.map(({ name, text }) => `${here} -f -a ${name} -d ${quote(text)}`),
      ...words.map((word) => `${here} -f -a ${word}`),
      ...flags.map(({ long, text, takesValue, choices }) =>
        [
          here,
          `-l ${long.slice(2)}`,
          ...(takesValue ? ["-r"] : []),
          ...(choices.length > 0 ? [`-f -a ${quote(choices.join(" "))}`] : []),
          `-d ${quote(text)}`,
        ].join(" "),
      ),
    ];
  });
  return `${lines.join("\n")}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function isShell(text: string): text is Shell {
  return (SHELLS as readonly string[]).includes(text);
}
