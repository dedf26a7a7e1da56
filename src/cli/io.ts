import type { Principal } from "../contract/principal.ts";
import type { Assets } from "../kernel/assets.ts";
import type { Environment } from "../kernel/home.ts";
import type { Registry } from "../kernel/registry.ts";
import type { Chain, Station } from "../operate/station.ts";
import type { Planner, Runtime, RuntimeOptions } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";

/** The governance chain of an installation, and who is at this machine. */
export type Home = AsyncDisposable & Chain & { readonly principal: Principal };

export type ServeOptions = {
  readonly workspace: string;
  readonly env: Environment;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Told of faults that no answer shows. */
  readonly onFault: (error: unknown) => void;
};

/** A server that listens, until it is closed. */
export type Served = {
  readonly url: string;
  readonly workspace: string;
  /** The token and the file that holds it, both null where the environment gave it; new where nobody has seen it. */
  readonly token: { readonly text: string | null; readonly isNew: boolean; readonly file: string | null };
  /** Where assistants connect, and the file of their token; null where the environment gave it. */
  readonly mcp: { readonly url: string; readonly tokenFile: string | null };
  /** What dead processes had left, once it is finished. */
  readonly recovered: Promise<readonly RunView[]>;
  readonly close: () => Promise<void>;
};

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
  /** A workspace to look at alone: nothing is left in it. */
  readonly openPlanner: (options: RuntimeOptions) => Promise<Planner>;
  /** What the specs of this installation define, without a workspace. @throws ASSETS_INCOMPLETE */
  readonly openRegistry: (
    env: Environment,
  ) => Promise<{ readonly assets: Assets; readonly registry: Registry }>;
  /** The chain, without a workspace; the home is made where there is none. */
  readonly openHome: (env: Environment) => Promise<Home>;
  readonly serve: (options: ServeOptions) => Promise<Served>;
  /** A workspace for many principals. */
  readonly openStation: (options: RuntimeOptions) => Promise<Station>;
  /** Calls back on every request to stop (Ctrl-C); the returned function ends that. */
  readonly onInterrupt: (callback: () => void) => () => void;
  /** Calls back on what no command awaited; the returned function ends that. */
  readonly onFault: (callback: (error: unknown) => void) => () => void;
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
