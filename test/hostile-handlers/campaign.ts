import { type Arena, type Seen } from "./arena.ts";
import { type HostileHandler, hostileHandlers } from "./handlers.ts";

/** Names of all classes. */
export const CLASSES = Object.keys(hostileHandlers({ directory: "", tcp: 0, udp: 0, socket: "" }));

const AT_ONCE = 2;

/**
 * Runs the handlers that are picked of one class, two at a time, and looks at what is left of them. What is not as it
 * has to be is told, one line for each.
 */
export async function runClass(
  arena: Arena,
  name: string,
  pick: (handler: HostileHandler, index: number, all: readonly HostileHandler[]) => boolean,
): Promise<{ readonly count: number; readonly faults: readonly string[] }> {
  const cases = (hostileHandlers(arena.canary)[name] ?? []).filter(pick);
  const faults: string[] = [];
  const left = [...cases];
  const work = async (): Promise<void> => {
    for (let handler = left.shift(); handler !== undefined; handler = left.shift())
      faults.push(...faultsOf(handler, await arena.run(handler)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { count: cases.length, faults };
}

function faultsOf({ name, ends, isSuspended }: HostileHandler, seen: Seen): string[] {
  const isAsExpected = ends === "any" || (seen.ends === ends && seen.isSuspended === isSuspended);
  if (isAsExpected && seen.wrong.length === 0) return [];
  return [`${name}: ${JSON.stringify(seen)} instead of ${JSON.stringify({ ends, isSuspended })}`];
}
