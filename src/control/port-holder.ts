import { readdirSync, readFileSync } from "node:fs";

import { hasOpen, ifReadable } from "./process-files.ts";

/** The process of this user that listens at a TCP port, as `process 4711 (node server.js)`, where that can be found out. */
export function portHolder(port: number): string | undefined {
  const inodes = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listenersIn(table, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of ifReadable(() => readdirSync("/proc").filter((name) => /^\d+$/.test(name))) ?? [])
    if (hasOpen(pid, inodes)) {
      const name = ifReadable(() =>
        readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, 3).join(" ").trim(),
      );
      return `process ${pid}${name === undefined ? "" : ` (${name})`}`;
    }
  return undefined;
}

// proc_net_tcp(5): local address, remote address, state (0A: listening), …, inode as the tenth field.
function listenersIn(table: string, port: number): string[] {
  const lines = ifReadable(() => readFileSync(table, "utf8").split("\n").slice(1)) ?? [];
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A" && fields[1]?.endsWith(`:${hex}`) === true)
    .map((fields) => `socket:[${fields[9]}]`);
}
