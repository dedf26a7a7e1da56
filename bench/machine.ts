import { closeSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type as osType } from "node:os";
import { join } from "node:path";

import { ascending, percentile, roundTo } from "./statistics.ts";

export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly os: string;
  readonly node: string;
  readonly sqlite: string;
  /** Type number of the file system that the runs lie on, as statfs(2) gives it. */
  readonly fileSystem: string;
  /** Of 200 single-page appends there. */
  readonly fdatasyncP50Ms: number;
  readonly fdatasyncP95Ms: number;
};

const PROBES = 200;
const PAGE_BYTES = 4096;

export function describeMachine(directory: string): Machine {
  const sync = measureSync(directory);
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: roundTo(totalmem() / 2 ** 30, 1),
    os: `${osType()} ${release()}`,
    node: process.version,
    sqlite: process.versions["sqlite"] ?? "unknown",
    fileSystem: `0x${statfsSync(directory).type.toString(16)}`,
    fdatasyncP50Ms: roundTo(percentile(sync, 50), 3),
    fdatasyncP95Ms: roundTo(percentile(sync, 95), 3),
  };
}

function measureSync(directory: string): number[] {
  const path = join(directory, "fdatasync-probe");
  const file = openSync(path, "w");
  try {
    const page = Buffer.alloc(PAGE_BYTES, 1);
    const timesMs = Array.from({ length: PROBES }, () => {
      writeSync(file, page);
      const startedAt = performance.now();
      fdatasyncSync(file);
      return performance.now() - startedAt;
    });
    return ascending(timesMs);
  } finally {
    closeSync(file);
    rmSync(path);
  }
}
