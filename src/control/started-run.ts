import type { z } from "zod";

import type { StartedRun } from "../contract/rest/run.ts";

export function startedRun(run: string): z.output<typeof StartedRun> {
  return { run, href: `/v1/runs/${run}` };
}
