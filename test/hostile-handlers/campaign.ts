import type { Arena, Hostile, Seen } from "./arena.ts";
import { hostileHandlers } from "./handlers.ts";
import type { Canary } from "./hostile-handler.ts";
import { hostileTools } from "./tools.ts";

const classesFor = (canary: Canary): Readonly<Record<string, readonly Hostile[]>> => ({
  ...hostileHandlers(canary),
  tools: hostileTools(canary),
});

const ALL = classesFor({ directory: "", tcp: 0, udp: 0, socket: "" });

/** Names of all classes. */
export const CLASSES = Object.keys(ALL);

/** How many handlers and tools there are. */
export const COUNT = Object.values(ALL).flat().length;

const AT_ONCE = 2;

/**
 * Runs those that are picked of one class, two at a time, and looks at what is left of them. What is not as it has to
 * be is told, one line for each.
 */
export async function runClass(
  arena: Arena,
  name: string,
  pick: (hostile: Hostile, index: number, all: readonly Hostile[]) => boolean,
): Promise<{ readonly count: number; readonly faults: readonly string[] }> {
  const cases = (classesFor(arena.canary)[name] ?? []).filter(pick);
  const faults: string[] = [];
  const left = [...cases];
  const work = async (): Promise<void> => {
    for (let hostile = left.shift(); hostile !== undefined; hostile = left.shift())
      faults.push(...faultsOf(hostile, await arena.run(hostile)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { count: cases.length, faults };
}

function faultsOf({ name, ends, isSuspended }: Hostile, seen: Seen): string[] {
  const isAsExpected =
    ends === "any" || (ends.split(" or ").includes(seen.ends) && seen.isSuspended === isSuspended);
  if (isAsExpected && seen.wrong.length === 0) return [];
  return [`${name}: ${JSON.stringify(seen)} instead of ${JSON.stringify({ ends, isSuspended })}`];
}
