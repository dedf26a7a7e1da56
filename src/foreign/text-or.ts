/** The value where it is a text, else the other one: a foreign document may have anything in any place. */
export function textOr(value: unknown, other: string): string {
  return typeof value === "string" ? value : other;
}
