import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The process of this user that listens at a TCP port, as `process 4711 (node server.js)`, where that can be found out. */
export function portHolder(port: number): string | undefined {
  const inodes = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listenersIn(table, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of read(() => readdirSync("/proc").filter((name) => /^\d+$/.test(name))) ?? [])
    if (holds(pid, inodes)) {
      const name = read(() =>
        readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, 3).join(" ").trim(),
      );
      return `process ${pid}${name === undefined ? "" : ` (${name})`}`;
    }
  return undefined;
}

// proc_net_tcp(5): local address, remote address, state (0A: listening), …, inode as the tenth field.
function listenersIn(table: string, port: number): string[] {
  const lines = read(() => readFileSync(table, "utf8").split("\n").slice(1)) ?? [];
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A" && fields[1]?.endsWith(`:${hex}`) === true)
    .map((fields) => `socket:[${fields[9]}]`);
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  const descriptors = read(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return descriptors.some((fd) => inodes.has(read(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? ""));
}

/** Processes of others cannot be looked into, and any may end meanwhile. */
function read<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
