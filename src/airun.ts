import type { Environment } from "./kernel/home.ts";

/** The command line; resolves with the exit code. The runtime is loaded when a command needs it. */
export async function main(args: readonly string[]): Promise<number> {
  const [{ runCli }, { createProcessIo }] = await Promise.all([
    import("./cli/program.ts"),
    import("./cli/process-io.ts"),
  ]);
  return runCli(
    args,
    createProcessIo({
      openRuntime: async (options) => (await import("./main.ts")).createRuntime(options),
      openRegistry: async (env: Environment) => (await import("./main.ts")).openRegistry(env),
    }),
  );
}
