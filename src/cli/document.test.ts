import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { buildProgram, examplesOf } from "./build-program.ts";
import type { CommandSpec } from "./command-spec.ts";
import { COMMANDS } from "./commands.ts";
import { documentProgram } from "./document.ts";
import { verifies } from "../../test/requirements.ts";

verifies("docs:true");

const program = buildProgram("1.0.0", COMMANDS, async () => {});
const page = documentProgram(program);

test("docs/reference/cli.md is what the commands say", () => {
  expect(readFileSync(new URL("../../docs/reference/cli.md", import.meta.url), "utf8")).toBe(page);
});

function leaves(specs: readonly CommandSpec[], path: string): (readonly [string, CommandSpec])[] {
  return specs.flatMap((spec) =>
    "commands" in spec
      ? leaves(spec.commands, `${path} ${spec.name}`)
      : [[`${path} ${spec.name}`, spec] as const],
  );
}

test.for(leaves(COMMANDS, "airun"))("%s is documented with its options and an example", ([name, spec]) => {
  expect(page).toContain(`\n## ${name}\n`);
  for (const { flags } of spec.options ?? []) expect(page).toContain(`| \`${flags}\` |`);
  expect(spec.examples?.length).toBeGreaterThan(0);
});

test("every example begins with a command that exists", () => {
  const names = leaves(COMMANDS, "airun").map(([name]) => name);
  for (const command of program.commands)
    for (const [line] of examplesOf(command)) expect(names.some((name) => line.includes(name))).toBe(true);
});

test("every command's code can be loaded", async () => {
  for (const [, spec] of leaves(COMMANDS, "airun"))
    if ("load" in spec) expect(await spec.load()).toBeTypeOf("function");
});
