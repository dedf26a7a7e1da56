import { realpathSync } from "node:fs";

import type { Bind } from "./bubblewrap.ts";

/** Where a bubble has this process's Node. */
export const NODE_PROGRAM = "/node";

let found: readonly Bind[] | undefined;

/** This process's Node and the shared objects that the loader gave it: all that Node needs to start. */
export function nodeFiles(): readonly Bind[] {
  return (found ??= [
    { from: realpathSync(process.execPath), to: NODE_PROGRAM },
    // The first one is the kernel's own, which lies in no file.
    ...sharedObjects().filter((path) => path.startsWith("/") && !path.endsWith(".node")),
  ]);
}

type Report = { readonly sharedObjects: readonly string[] };

function sharedObjects(): readonly string[] {
  const report = process.report as typeof process.report & { excludeNetwork: boolean };
  const { excludeNetwork } = report;
  // Otherwise a report looks up the names of all open connections.
  report.excludeNetwork = true;
  try {
    return (report.getReport() as unknown as Report).sharedObjects;
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}
