/** Whether every row of the tables that start many processes runs, as in the proofs, or a part of them. */
const IS_ALL = process.env["AIRUN_ROWS"] === "all";

/** In the tests one row of so many, other ones each time; in the proofs all of them. */
export function oneIn<Row>(parts: number, rows: readonly Row[]): readonly Row[] {
  if (IS_ALL) return rows;
  const offset = Math.floor(Math.random() * parts);
  return rows.filter((_, index) => index % parts === offset % Math.min(parts, rows.length));
}
