import { readdirSync, readFileSync } from "node:fs";

// USER_HZ, fixed for every Linux user space.
const MS_PER_TICK = 10;

/** CPU time since the start of the processes, or of the machine; zero for what cannot be read here. */
export type CpuTime = {
  /** Of this process and all below it, those included that have ended and were waited for. */
  readonly ownMs: number;
  /** Of everything on this machine. */
  readonly machineMs: number;
};

export function readCpuTime(): CpuTime {
  const { user, system } = process.cpuUsage();
  return { ownMs: (user + system) / 1000 + descendantsMs(), machineMs: machineMs() };
}

// proc(5), /proc/[pid]/stat: fields 4 (parent), 14 to 17 (user and system time of it and of its ended children).
function descendantsMs(): number {
  const processes = new Map(statLines().map((line) => parseStat(line)));
  const own = processes.get(process.pid);
  if (own === undefined) return 0;
  let ticks = own.childTicks;
  for (const [pid, stat] of processes)
    if (descendsFrom(processes, pid, process.pid)) ticks += stat.ticks + stat.childTicks;
  return ticks * MS_PER_TICK;
}

type Stat = { readonly parent: number; readonly ticks: number; readonly childTicks: number };

function parseStat(line: string): [number, Stat] {
  // The second field, the command in parentheses, may hold spaces.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const field = (number: number) => Number(fields[number - 3] ?? 0);
  return [
    Number.parseInt(line, 10),
    { parent: field(4), ticks: field(14) + field(15), childTicks: field(16) + field(17) },
  ];
}

function descendsFrom(processes: ReadonlyMap<number, Stat>, pid: number, ancestor: number): boolean {
  for (let parent = processes.get(pid)?.parent ?? 0; parent > 0; parent = processes.get(parent)?.parent ?? 0)
    if (parent === ancestor) return true;
  return false;
}

function statLines(): string[] {
  if (process.platform !== "linux") return [];
  const lines: string[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      lines.push(readFileSync(`/proc/${name}/stat`, "utf8"));
    } catch {
      // The process has ended since.
    }
  }
  return lines;
}

// proc(5), first line of /proc/stat: user nice system idle iowait irq softirq steal guest guest_nice.
function machineMs(): number {
  if (process.platform !== "linux") return 0;
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) * MS_PER_TICK;
}
