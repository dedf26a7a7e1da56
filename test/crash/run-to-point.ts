import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs a driver in a process of its own, which is killed at one of its points; 0 for none. Returns how many points it
 * has, or 0 where it was killed.
 */
export function runToPoint(driver: string, directory: string, point = 0): number {
  const countFile = join(directory, "count");
  const { status, signal, stderr } = spawnSync(
    process.execPath,
    ["--import", join(import.meta.dirname, "points.mjs"), join(import.meta.dirname, "..", driver), directory],
    {
      env: {
        CRASH_AT: String(point),
        CRASH_COUNT: countFile,
        NODE_COMPILE_CACHE: join(tmpdir(), "airun-compile-cache"),
      },
    },
  );
  if (point > 0 && signal === "SIGKILL") return 0;
  if (status !== 0)
    throw new Error(`${driver} at point ${point} ended with ${status ?? signal}:\n${stderr.toString()}`);
  return Number(readFileSync(countFile, "utf8"));
}
