import os from "node:os";

import type { Handler } from "../../contract/handler.ts";

type Input = { readonly verbose: boolean };

/** What system this is; with `verbose` also how large. */
export const handler: Handler<Input> = async (_ctx, { verbose }) => {
  const system = { os_name: os.type(), version: os.version(), architecture: os.machine() };
  if (!verbose) return system;
  const details = { release: os.release(), cpus: os.availableParallelism(), memory_bytes: os.totalmem() };
  return { ...system, details };
};
