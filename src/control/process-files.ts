import { readdirSync, readlinkSync } from "node:fs";

/** Whether a process has one of these open: a path, or `socket:[inode]`. Of other users' processes that is not known. */
export function hasOpen(pid: string, targets: ReadonlySet<string>): boolean {
  const descriptors = ifReadable(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return descriptors.some((fd) => targets.has(ifReadable(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? ""));
}

/** Processes of others cannot be looked into, and any may end meanwhile. */
export function ifReadable<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
