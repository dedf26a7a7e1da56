import { RuntimeError } from "../../contract/errors.ts";

/** Counts what a template costs: one for a step, one for each character or element that a step makes. */
export type Work = { readonly spend: (amount: number) => void };

const MAX_WORK = 20_000_000;

/** A budget; spending beyond it throws LIMIT_EXCEEDED, before the memory is taken. */
export function createWork(what: string): Work {
  let left = MAX_WORK;
  return {
    spend: (amount) => {
      left -= amount;
      if (!(left >= 0)) throw new RuntimeError("LIMIT_EXCEEDED", `${what} takes more than ${MAX_WORK} steps`);
    },
  };
}
