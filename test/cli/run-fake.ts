import type { Io } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/program.ts";
import { openHome } from "../../src/installation.ts";
import { createRuntime, createStation, openRegistry } from "../../src/main.ts";
import { createPlanner } from "../../src/planner.ts";
import { serve } from "../../src/serve.ts";
import { homeIn } from "../home.ts";

export type FakeOptions = {
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A terminal with so many columns. */
  readonly columns?: number;
  /** What the person at the terminal types, line by line. */
  readonly answers?: readonly string[];
  readonly stdin?: string;
  readonly openRuntime?: Io["openRuntime"];
};

export type Result = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** Runs a command line in this process, with the real runtime and a fake terminal, and returns what it wrote. */
export async function runFake(argv: readonly string[], options: FakeOptions): Promise<Result> {
  const { directory, env = {}, columns, answers = [], stdin = "", openRuntime = createRuntime } = options;
  const written = { stdout: "", stderr: "" };
  const left = [...answers];
  const output = (name: keyof typeof written) => ({
    write: (text: string) => void (written[name] += text),
    drained: () => Promise.resolve(),
    terminal: () => (columns === undefined ? null : { columns, rows: 24 }),
  });
  const io: Io = {
    version: "1.2.3",
    env: { AI_FIRST_HOME: homeIn(directory, env), PATH: process.env["PATH"], ...env },
    cwd: directory,
    stdout: output("stdout"),
    stderr: output("stderr"),
    stdin: {
      isTerminal: columns !== undefined,
      readText: () => Promise.resolve(stdin),
      readLine: (prompt) => {
        written.stdout += prompt;
        return Promise.resolve(left.shift() ?? null);
      },
    },
    openRuntime,
    openPlanner: createPlanner,
    openRegistry: async (given) => openRegistry(given),
    openHome,
    openStation: createStation,
    serve,
    onInterrupt: () => () => {},
    onFault: () => () => {},
    abandon: () => {},
  };
  return { exitCode: await runCli(argv, io), ...written };
}
