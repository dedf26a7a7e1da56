import type { Context } from "../../src/index.ts";
import { pythonRandom } from "../mt19937.ts";

export const SEED = 1337;

/** Whether the chaos of the older system injects a failure into the run of this number: 56 of the first 100. */
export function isDoomed(index: number): boolean {
  return pythonRandom(SEED ^ index)() < 0.5;
}

/** The directory of a run. */
export function nameOf(index: number): string {
  return `c${String(index).padStart(4, "0")}`;
}

/** Which doomed run of load_test_quick this is, as the file that it wrote names it. */
export async function doomedRunOf({ fs }: Context): Promise<number | undefined> {
  const [, index] = /^run_id=(\d+)$/m.exec((await fs.read("out.txt")).toString()) ?? [];
  return index !== undefined && isDoomed(Number(index)) ? Number(index) : undefined;
}
