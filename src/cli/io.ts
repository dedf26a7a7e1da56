import type { Assets } from "../kernel/assets.ts";
import type { Environment } from "../kernel/home.ts";
import type { Registry } from "../kernel/registry.ts";
import type { Runtime, RuntimeOptions } from "../workflow/runtime.ts";

/** Everything that the command line touches outside of the runtime. */
export type Io = {
  readonly version: string;
  readonly env: Environment;
  /** Directory that paths on the command line are relative to. */
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Input;
  readonly openRuntime: (options: RuntimeOptions) => Promise<Runtime>;
  /** What the specs of this installation define, without a workspace. @throws ASSETS_INCOMPLETE */
  readonly openRegistry: (
    env: Environment,
  ) => Promise<{ readonly assets: Assets; readonly registry: Registry }>;
  /** Calls back on every request to stop (Ctrl-C); the returned function ends that. */
  readonly onInterrupt: (callback: () => void) => () => void;
  /** Ends the process at once. */
  readonly abandon: (exitCode: number) => void;
};

export type Output = {
  write(text: string): void;
  /** Resolves when what was written has been taken, so that much is never held in memory. */
  drained(): Promise<void>;
  /** Its size; `null` where it is no terminal. */
  readonly terminal: () => { readonly columns: number; readonly rows: number } | null;
};

export type Input = {
  readonly isTerminal: boolean;
  /** All of it. @throws LIMIT_EXCEEDED */
  readText(maxBytes: number): Promise<string>;
  /** One line that a person types; `null` at the end of the input, and when it is interrupted. */
  readLine(prompt: string): Promise<string | null>;
};
