import { join } from "node:path";

import { createRuntime, type Runtime, type RuntimeOptions } from "../src/index.ts";
import type { Engine } from "./engine.ts";

const WORKFLOW = "load_test_quick";
const DURABILITY =
  "SQLite WAL, its log synced beside the event loop: intent on the disk before each effect, outcome before the run counts as done";

/** This runtime with one ledger and a subdirectory for each run; with `prepare`, a home that it has prepared. */
export function openOurs(
  options: RuntimeOptions = {},
  prepare: (env: NodeJS.ProcessEnv) => Promise<void> = async () => {},
): Engine {
  let runtime: Runtime;
  let files = "";
  return {
    durability: DURABILITY,
    survivesPowerCut: true,
    async start(place) {
      files = place.files;
      const env = environmentOf(place.storage);
      await prepare(env);
      runtime = await createRuntime({ ...options, workspace: files, env });
    },
    async runOne(index, directory) {
      const view = await runtime.run(WORKFLOW, {
        inputs: { run_id: `r${index}` },
        cwd: directory.slice(files.length + 1),
      });
      return hashOf(view);
    },
    stop: () => runtime.close(),
  };
}

/** The older system's mode: every run opens a workspace and a ledger of its own. */
export function openOursInOwnWorkspaces(): Engine {
  let env = {};
  return {
    durability: DURABILITY,
    survivesPowerCut: true,
    async start({ storage }) {
      env = environmentOf(storage);
    },
    async runOne(index, directory) {
      await using runtime = await createRuntime({ workspace: directory, env });
      return hashOf(await runtime.run(WORKFLOW, { inputs: { run_id: `r${index}` } }));
    },
    async stop() {},
  };
}

/** The installation's home lies with the measurement, and not in the user's own. */
export function environmentOf(storage: string): NodeJS.ProcessEnv {
  return { ...process.env, AI_FIRST_HOME: join(storage, "home") };
}

function hashOf(view: Awaited<ReturnType<Runtime["run"]>>): string {
  const hash = view.steps.at(-1)?.outputs?.["checksum_sha256"];
  if (view.status === "COMPLETED" && typeof hash === "string") return hash;
  throw new Error(`The run ended ${view.status}: ${view.failure?.message ?? view.reason ?? "no reason"}`);
}
