import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { createRuntime, type Handler } from "../src/index.ts";
import { environmentOf } from "./ours.ts";

export type IsolatedRun = {
  readonly workdir: string;
  /** First letter of the workspace's name. */
  readonly prefix: "w" | "c";
  readonly index: number;
  readonly workflow: string;
  readonly wrapHandler?: (capability: string, handler: Handler) => Handler;
};

export type IsolatedOutcome = {
  readonly workspace: string;
  readonly status: string;
  readonly reason: string;
};

/** Runs a workflow once in a new workspace with a ledger of its own. What waits for a human is approved. */
export async function runIsolated({
  workdir,
  prefix,
  index,
  workflow,
  wrapHandler,
}: IsolatedRun): Promise<IsolatedOutcome> {
  const id = `${prefix}${String(index).padStart(4, "0")}_${randomUUID()}`;
  const workspace = join(workdir, id);
  mkdirSync(workspace, { recursive: true });
  const options = {
    workspace,
    env: environmentOf(workdir),
    ...(wrapHandler === undefined ? {} : { wrapHandler }),
  };
  await using runtime = await createRuntime(options);
  let view = await runtime.run(workflow, { inputs: { run_id: id } });
  while (view.status === "PAUSED")
    view = await runtime.decide(view.run, { decision: "approved", reason: "load test" });
  return { workspace, status: view.status, reason: view.failure?.message ?? view.reason ?? "" };
}
