import { readFileSync, realpathSync, statSync } from "node:fs";

import { hasOpen, ifReadable } from "./process-files.ts";

/** The process of this user that has locked a file, where that can be found out. */
export function lockHolder(path: string): number | undefined {
  const inode = ifReadable(() => statSync(path).ino);
  const target = ifReadable(() => realpathSync(path));
  if (inode === undefined || target === undefined) return undefined;
  const lines = ifReadable(() => readFileSync("/proc/locks", "utf8").split("\n")) ?? [];
  // proc_locks(5): number, kind, mode, access, process, device and inode, range. The device is not always that of stat.
  const holder = lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "WRITE" && fields[5]?.endsWith(`:${inode}`) === true)
    .map((fields) => fields[4] ?? "")
    .find((pid) => hasOpen(pid, new Set([target])));
  return holder === undefined ? undefined : Number(holder);
}
