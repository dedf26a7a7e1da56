import { commandName } from "./cli/command-name.ts";
import type { Environment } from "./kernel/home.ts";

/** The command line; resolves with the exit code. The runtime is loaded when a command needs it. */
export async function main(args: readonly string[]): Promise<number> {
  let isInterrupted = false;
  // Another system waits for its record: a signal must not end us without one, whenever it comes.
  if (commandName(args) === "bridge")
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => (isInterrupted = true));
  const [{ runCli }, { createProcessIo }] = await Promise.all([
    import("./cli/program.ts"),
    import("./cli/process-io.ts"),
  ]);
  return runCli(
    args,
    createProcessIo({
      openRuntime: async (options) => (await import("./main.ts")).createRuntime(options),
      wasInterrupted: () => isInterrupted,
      openRegistry: async (env: Environment) => (await import("./main.ts")).openRegistry(env),
      openPlanner: async (options) => (await import("./planner.ts")).createPlanner(options),
      openHome: async (env: Environment) => (await import("./installation.ts")).openHome(env),
      openStation: async (options) => (await import("./main.ts")).createStation(options),
      serve: async (options) => (await import("./serve.ts")).serve(options),
    }),
  );
}
