import { readFileSync, readlinkSync, statSync, utimesSync } from "node:fs";
import { randomUUID } from "node:crypto";

import { STATE_DIRECTORY } from "./path.ts";
import type { Workspace } from "./workspace.ts";

const BEAT_MS = 5_000;
const SILENT_MS = 30_000;

/**
 * A name for this process that no other process gets, also after its number is used again: boot, process namespace,
 * process number, start time.
 */
export function processIdOfSelf(): string {
  return `${placeOfSelf()}-${process.pid}-${startTimeOf(process.pid)}`;
}

function placeOfSelf(): string {
  const boot = read("/proc/sys/kernel/random/boot_id")?.slice(0, 8);
  const namespace = /\d+/.exec(String(readlink("/proc/self/ns/pid")))?.[0];
  return `${boot}-${namespace}`;
}

const ended = new Set<string>();

/**
 * A name for one who works in this process: what two of them have open is as apart as what two processes have. Name
 * it in `endId` when it works no more.
 */
export function newProcessId(): string {
  return `${processIdOfSelf()}-${randomUUID().slice(0, 8)}`;
}

/** What had that name is as good as dead to all others of this process. */
export function endId(processId: string): void {
  ended.add(processId);
}

/**
 * Whether the process of that name may still be working. One of this namespace is looked up; one of another
 * namespace (a container) is believed as long as it beats.
 */
export function isAlive(workspace: Workspace, processId: string): boolean {
  const [boot, namespace, pid, startTime] = processId.split("-");
  const [ownBoot, ownNamespace] = placeOfSelf().split("-");
  if (boot !== ownBoot) return false;
  if (namespace === ownNamespace) return startTimeOf(Number(pid)) === startTime && !ended.has(processId);
  const lastBeat = statSync(`${workspace.root.self}/${STATE_DIRECTORY}/staging/${processId}`, {
    throwIfNoEntry: false,
  });
  return lastBeat !== undefined && Date.now() - lastBeat.mtimeMs < SILENT_MS;
}

/** Shows other namespaces that this process lives. Returns how to stop. */
export function beat(workspace: Workspace): () => void {
  const timer = setInterval(() => utimesSync(workspace.staging.self, new Date(), new Date()), BEAT_MS);
  timer.unref();
  return () => clearInterval(timer);
}

// proc_pid_stat(5): field 22, counted after the command name, which may hold spaces and parentheses. A zombie is dead.
function startTimeOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields?.[0] === "Z" || fields?.[0] === "X" ? undefined : fields?.[19];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function readlink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
