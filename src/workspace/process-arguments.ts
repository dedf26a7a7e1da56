import { realpathSync } from "node:fs";
import { resolve } from "node:path";

import { RuntimeError } from "../contract/errors.ts";

const MAX_ARGUMENT_BYTES = 128 * 1024;

// Options that run another program, write a file, or look outside. Long ones also in the shortened spellings that the
// programs accept.
const REFUSED: Readonly<Record<string, { readonly long: readonly string[]; readonly plain: RegExp }>> = {
  git: {
    long: [
      "--config",
      "--config-env",
      "--exec",
      "--exec-path",
      "--ext-diff",
      "--git-dir",
      "--namespace",
      "--open-files-in-pager",
      "--output",
      "--output-directory",
      "--receive-pack",
      "--separate-git-dir",
      "--super-prefix",
      "--template",
      "--textconv",
      "--upload-pack",
      "--work-tree",
    ],
    plain: /^-[cCOx]|^\w+::/,
  },
  find: {
    long: [],
    plain: /^-(?:exec|execdir|ok|okdir|delete|fprint.*|fls|files0-from|follow|[HLP]*[HL][HLP]*)$/,
  },
  grep: { long: ["--dereference-recursive"], plain: /^-[A-Za-z]*R/ },
  ls: { long: ["--dereference", "--dereference-command-line"], plain: /^-[A-Za-z]*[LH]/ },
  wc: { long: ["--files0-from"], plain: /^$(?!)/ },
};

const TAKES_PATHS: readonly string[] = ["ls", "cat", "grep", "find", "head", "tail", "wc", "git"];

/**
 * Judges the arguments of a program: none that runs something else, and for programs that take paths none that leads
 * out of `cwd`. This narrows what a program is asked; a file that is swapped for a link later is not seen here.
 *
 * @throws PROCESS_REFUSED
 */
export function checkArguments(command: string, args: readonly string[], cwd: string): void {
  let bytes = 0;
  for (const argument of args) {
    bytes += Buffer.byteLength(argument);
    if (argument.includes("\0")) throw refusedArgument(command, argument, "holds a NUL");
    if (REFUSED[command] !== undefined && isRefused(REFUSED[command], argument))
      throw refusedArgument(command, argument, "is not allowed");
    if (TAKES_PATHS.includes(command)) checkPath(command, argument, cwd);
  }
  if (bytes > MAX_ARGUMENT_BYTES)
    throw new RuntimeError(
      "PROCESS_REFUSED",
      `The arguments of "${command}" have ${bytes} bytes; at most ${MAX_ARGUMENT_BYTES} are passed.`,
    );
}

function isRefused(
  { long, plain }: { readonly long: readonly string[]; readonly plain: RegExp },
  argument: string,
): boolean {
  const [name = ""] = argument.split("=");
  return plain.test(argument) || (/^--[a-z]/.test(name) && long.some((option) => option.startsWith(name)));
}

function checkPath(command: string, argument: string, cwd: string): void {
  for (const path of pathsIn(argument)) {
    const full = resolve(cwd, path);
    if (
      path.startsWith("~") ||
      path.split("/").includes("..") ||
      !isBelow(cwd, full) ||
      !isBelow(cwd, real(full))
    )
      throw refusedArgument(command, argument, "leads out of the working directory");
  }
}

/** What an argument may mean as a path: itself, the value of `--option=value`, the rest of `-ovalue`. */
function pathsIn(argument: string): readonly string[] {
  if (!argument.startsWith("-")) return [argument];
  const equals = argument.indexOf("=");
  return [
    equals === -1 ? "" : argument.slice(equals + 1),
    argument.startsWith("--") ? "" : argument.slice(2),
  ];
}

function isBelow(directory: string, path: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // Nothing is there, or it is no path at all; the program will say so.
  }
}

function refusedArgument(command: string, argument: string, why: string): RuntimeError {
  return new RuntimeError(
    "PROCESS_REFUSED",
    `The argument ${JSON.stringify(argument.slice(0, 200))} of "${command}" ${why}.`,
  );
}
