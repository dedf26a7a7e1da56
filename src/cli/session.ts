import { resolve } from "node:path";

import { RuntimeError } from "../contract/errors.ts";
import { localPrincipal } from "../kernel/home.ts";
import type { Runtime, RuntimeOptions } from "../workflow/runtime.ts";
import type { GivenOptions } from "./command-spec.ts";
import type { Io } from "./io.ts";
import { quoteWords } from "./shell-words.ts";
import { type Style, styleOf } from "./style.ts";

/** One call of the command line, with what every command needs. */
export type Session = {
  readonly io: Io;
  readonly args: readonly string[];
  readonly json: boolean;
  readonly style: Style;
  readonly workspace: string;
  /** Whether the command takes the option: asking for another one, or for one of another kind, is a fault. */
  readonly declares: (option: string) => boolean;
  readonly text: (option: string) => string | undefined;
  readonly list: (option: string) => readonly string[];
  readonly flag: (option: string) => boolean;
  readonly open: (options?: Pick<RuntimeOptions, "onEntry" | "principal">) => Promise<Runtime>;
  /** A line for people; nothing with `--json`. */
  readonly print: (line?: string) => void;
  /** The command's result: one JSON document with `--json`, else these lines. */
  readonly emit: (document: unknown, render: () => readonly string[]) => void;
  /** A command that continues in the same workspace, ready to be pasted. */
  readonly command: (...words: readonly string[]) => string;
};

/** What a command does; resolves with its exit code. */
export type Action = (session: Session) => Promise<number>;

const DEFAULT_WORKSPACE = "./workspace";

export function createSession(io: Io, args: readonly string[], { declared, values }: GivenOptions): Session {
  const valueOf = (option: string, kind: "text" | "list" | "flag"): unknown => {
    if (declared.get(option) === kind) return values[option];
    throw new RuntimeError("INTERNAL", `The command declares no ${kind} ${JSON.stringify(option)}.`);
  };
  const text = (option: string): string | undefined => {
    const value = valueOf(option, "text");
    return typeof value === "string" ? value : undefined;
  };
  const given = text("workspace");
  // As from an unset variable of a script; it would mean the current directory.
  if (given === "") throw new RuntimeError("USAGE", "--workspace is empty.");
  const json = valueOf("json", "flag") === true;
  const print = (line = "") => {
    if (!json) io.stdout.write(`${line}\n`);
  };
  const workspace = resolve(io.cwd, given ?? DEFAULT_WORKSPACE);
  // In a checkout, as `npm start` has it, there is no airun on the path.
  const program = io.env["npm_lifecycle_event"] === "start" ? ["npx", "airun"] : ["airun"];
  return {
    io,
    args,
    json,
    style: styleOf(io.stdout, io.env),
    workspace,
    declares: (option) => declared.has(option),
    text,
    list: (option) => {
      const value = valueOf(option, "list");
      return Array.isArray(value) ? value.map(String) : [];
    },
    flag: (option) => valueOf(option, "flag") === true,
    open: (more = {}) =>
      io.openRuntime({ workspace, env: io.env, principal: localPrincipal("cli", io.env), ...more }),
    print,
    emit(document, render) {
      if (json) io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
      else for (const line of render()) print(line);
    },
    command: (...words) =>
      quoteWords([...program, ...words, ...(given === undefined ? [] : ["--workspace", given])]),
  };
}
