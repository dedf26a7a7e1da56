/**
 * How much of a long proof runs, by `AIRUN_PROVE`: everything unless told; with `sample` one part in twenty, another one
 * each time, for a machine that proves every change; with `full` what takes hours.
 */
export const PROVE = { sample: 20, all: 1, full: 1 }[levelOf(process.env["AIRUN_PROVE"])];

export const IS_FULL = process.env["AIRUN_PROVE"] === "full";

/** The share of a number of cases. */
export function shareOf(cases: number): number {
  return Math.ceil(cases / PROVE);
}

/** The share of some cases, other ones each time; never none. */
export function shareIn<Case>(cases: readonly Case[]): readonly Case[] {
  const offset = Math.floor(Math.random() * Math.min(PROVE, cases.length));
  return cases.filter((_, index) => index % PROVE === offset);
}

function levelOf(value: string | undefined): "sample" | "all" | "full" {
  if (value === undefined || value === "") return "all";
  if (value === "sample" || value === "full") return value;
  throw new Error(`AIRUN_PROVE is "${value}"; it can be sample or full.`);
}
