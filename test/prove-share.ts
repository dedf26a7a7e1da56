/**
 * How much of a long proof runs, by `AIRUN_PROVE`: everything unless told; with `sample` one part in ten, another one
 * each time, for a machine that proves every change; with `full` what takes hours.
 */
export const PROVE = { sample: 10, all: 1, full: 1 }[levelOf(process.env["AIRUN_PROVE"])];

export const IS_FULL = process.env["AIRUN_PROVE"] === "full";

/** The share of a number of cases. */
export function shareOf(cases: number): number {
  return Math.ceil(cases / PROVE);
}

function levelOf(value: string | undefined): "sample" | "all" | "full" {
  if (value === undefined || value === "") return "all";
  if (value === "sample" || value === "full") return value;
  throw new Error(`AIRUN_PROVE is "${value}"; it can be sample or full.`);
}
