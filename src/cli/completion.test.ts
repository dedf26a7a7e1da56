import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { buildProgram } from "./build-program.ts";
import { COMMANDS } from "./commands.ts";
import { renderCompletion } from "./completion.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

const program = buildProgram("1.0.0", COMMANDS, async () => {});

/** What bash offers for the last word. */
function complete(...words: readonly string[]): string[] {
  using directory = scratch();
  const file = join(directory.path, "airun.bash");
  writeFileSync(file, renderCompletion("bash", program));
  const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _airun; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync("bash", ["-c", script, "bash", file, "airun", ...words], {
    cwd: directory.path,
    encoding: "utf8",
  });
  return out.split("\n").filter((line) => line !== "");
}

test.for<[readonly string[], readonly string[]]>([
  [["und"], ["undo"]],
  [["audit", "ver"], ["verify"]],
  [["list", "pa"], ["packs"]],
  [["undo", "--fo"], ["--force"]],
  [["--json", "undo", "--me"], ["--merge"]],
  [
    ["audit", "export", "--format", ""],
    ["jsonl", "ocsf", "csv", "html"],
  ],
  [["run", "--no"], ["--no-input"]],
  [["run", "--workspace", "air"], ["airun.bash"]],
])("bash completes %j", ([words, offered]) => {
  expect(complete(...words)).toEqual(offered);
});

test("zsh reads the same function", () => {
  expect(renderCompletion("zsh", program)).toContain(renderCompletion("bash", program));
});

test("fish is told every command and every option", () => {
  const script = renderCompletion("fish", program);
  for (const command of program.commands) {
    expect(script).toContain(`-f -a ${command.name()} -d `);
    for (const { long } of command.options) expect(script).toContain(` -l ${long?.slice(2)} `);
  }
  expect(script).toContain("__fish_seen_subcommand_from audit; and __fish_seen_subcommand_from verify");
});
