import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { buildProgram } from "./build-program.ts";
import type { CommandSpec, GivenOptions } from "./command-spec.ts";
import { COMMANDS } from "./commands.ts";
import type { Io } from "./io.ts";
import { createSession, type Session } from "./session.ts";

verifies("cli:commands");

const SPEC: Extract<CommandSpec, { load: unknown }> = {
  name: "try",
  summary: "try it",
  options: [
    { flags: "--since <time>", text: "a text" },
    { flags: "--input <pair>", text: "a list", isRepeatable: true },
    { flags: "--no-input", text: "a flag" },
  ],
  load: () => Promise.reject(new Error("it is not loaded")),
};

/** The session of a command line of `airun try`. */
async function sessionOf(...argv: readonly string[]): Promise<Session> {
  const io = { stdout: { terminal: () => null }, env: {}, cwd: "/" } as unknown as Io;
  let session: Session | undefined;
  const program = buildProgram("1.0.0", [SPEC], (_, args, options) => {
    session = createSession(io, args, options);
    return Promise.resolve();
  });
  await program.parseAsync(["try", ...argv], { from: "user" });
  if (session === undefined) throw new Error("the command was not executed");
  return session;
}

test("an action gets what the command line says of the options that its command declares", async () => {
  const given = await sessionOf("--since", "now", "--input", "a=1", "--input", "b=2", "--no-input", "--json");
  expect([given.text("since"), given.list("input"), given.flag("noInput")]).toEqual([
    "now",
    ["a=1", "b=2"],
    true,
  ]);
  expect([given.json, given.declares("since"), given.declares("until")]).toEqual([true, true, false]);
  const none = await sessionOf();
  expect([none.text("since"), none.list("input"), none.flag("noInput")]).toEqual([undefined, [], false]);
});

test.for<["text" | "list" | "flag", string]>([
  ["text", "sinse"],
  ["text", "no-input"],
  ["text", "input"],
  ["list", "since"],
  ["list", "inputs"],
  ["flag", "since"],
  ["flag", "noinput"],
])("asking for a %s that the command does not declare is a fault (%s)", async ([kind, option]) => {
  const session = await sessionOf("--since", "now", "--input", "a=1", "--no-input");
  expect(() => session[kind](option)).toThrow(expect.objectContaining({ code: "INTERNAL" }));
});

test("every option that some line of code asks for is declared by a command, as what it is asked for", () => {
  const declared = new Set<string>();
  const collect = (spec: CommandSpec): void => {
    if ("commands" in spec) spec.commands.forEach(collect);
    else for (const [option, kind] of declaredBy(spec)) declared.add(`${kind} ${option}`);
  };
  COMMANDS.forEach(collect);
  const src = join(import.meta.dirname, "..");
  const asked = globSync("{cli,bridge}/*.ts", { cwd: src, exclude: ["**/*.test.ts"] }).flatMap((file) =>
    [
      ...readFileSync(join(src, file), "utf8").matchAll(
        /\b(?:(?:session|call)\.|(?<![.\w]))(text|list|flag)\("(\w+)"\)/g,
      ),
    ].map(([, kind, option]) => `${kind} ${option}`),
  );
  expect(asked.length).toBeGreaterThan(80);
  expect(asked.filter((each) => !declared.has(each))).toEqual([]);
});

function declaredBy(spec: Extract<CommandSpec, { load: unknown }>): GivenOptions["declared"] {
  let declared: GivenOptions["declared"] = new Map();
  const program = buildProgram("1.0.0", [spec], (_, __, options) => {
    declared = options.declared;
    return Promise.resolve();
  });
  const needed = (spec.arguments ?? []).map(({ choices }) => choices?.[0] ?? "x");
  program.parse([spec.name, ...needed], { from: "user" });
  return declared;
}
