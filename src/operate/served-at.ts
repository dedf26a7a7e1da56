import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { STATE_DIRECTORY } from "../workspace/path.ts";

export type ServedAt = { readonly pid: number; readonly url: string };

/** Notes where a workspace is served. */
export function noteServedAt(workspace: string, url: string): void {
  writeFileSync(noteIn(workspace), JSON.stringify({ pid: process.pid, url }), { mode: 0o600 });
}

/** Where a workspace was last served, whether that server still lives or not. */
export function lastServedAt(workspace: string): ServedAt | undefined {
  try {
    const { pid, url } = JSON.parse(readFileSync(noteIn(workspace), "utf8")) as Record<
      keyof ServedAt,
      unknown
    >;
    return { pid: Number(pid), url: String(url) };
  } catch {
    return undefined; // None was, or it has only just started.
  }
}

/** Where a workspace is served now, by a process that lives. */
export function servedAt(workspace: string): ServedAt | undefined {
  const last = lastServedAt(workspace);
  return last !== undefined && isRunning(last.pid) ? last : undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function noteIn(workspace: string): string {
  return join(workspace, STATE_DIRECTORY, "up.json");
}
