/** One engine under measurement, in a process of its own. */
export type Engine = {
  /** What is on the disk when a step counts as done. */
  readonly durability: string;
  /** Whether no step that was reported as done can be lost in a power cut. */
  readonly survivesPowerCut: boolean;
  start(place: Place): Promise<void>;
  /** Does the work of run `index` in `directory`, which exists and is empty; resolves with the hash of its file. */
  runOne(index: number, directory: string): Promise<string>;
  stop(): Promise<void>;
};

export type Place = {
  /** For the engine's own storage. */
  readonly storage: string;
  /** Holds the directories of the runs. */
  readonly files: string;
};

export type EngineOptions = {
  /** Whether a peer's file step waits until the file's data are on the disk. */
  readonly syncFiles: boolean;
  readonly concurrency: number;
};

type Open = (options: EngineOptions) => Promise<Engine>;

/** Loaded on demand, so that no engine measures the others' memory and timers. */
export const ENGINES: Readonly<Record<string, Open>> = {
  ours: async () => (await import("./ours.ts")).openOurs(),
  "ours-own-workspace": async () => (await import("./ours.ts")).openOursInOwnWorkspaces(),
  governed: async () => (await import("./governed.ts")).openGoverned(),
  ungoverned: async () => (await import("./governed.ts")).openUngoverned(),
  "limit-probe": async () => (await import("./limit-probe.ts")).openLimitProbe(),
  restate: async (options) => (await import("./peers/restate.ts")).openRestate(options),
  dbos: async (options) => (await import("./peers/dbos.ts")).openDbos(options),
  langgraph: async (options) => (await import("./peers/langgraph.ts")).openLangGraph(options, "full"),
  "langgraph-default": async (options) =>
    (await import("./peers/langgraph.ts")).openLangGraph(options, "default"),
  mastra: async (options) => (await import("./peers/mastra.ts")).openMastra(options, "full"),
  "mastra-default": async (options) => (await import("./peers/mastra.ts")).openMastra(options, "default"),
};

export const PEERS: readonly string[] = [
  "restate",
  "dbos",
  "langgraph",
  "langgraph-default",
  "mastra",
  "mastra-default",
];

const TELEMETRY_OFF = {
  DO_NOT_TRACK: "1",
  LANGSMITH_TRACING: "false",
  MASTRA_TELEMETRY_DISABLED: "true",
  RESTATE_DISABLE_TELEMETRY: "true",
};

/** @throws Error naming the engines there are */
export async function openEngine(name: string, options: EngineOptions): Promise<Engine> {
  const open = Object.hasOwn(ENGINES, name) ? ENGINES[name] : undefined;
  if (open === undefined)
    throw new Error(`No engine "${name}"; there are ${Object.keys(ENGINES).join(", ")}.`);
  Object.assign(process.env, TELEMETRY_OFF);
  return open(options);
}
