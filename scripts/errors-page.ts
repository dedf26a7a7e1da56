import { CATEGORIES, type Category, type ErrorCode, ERRORS } from "../src/contract/errors.ts";
import { statusOf } from "../src/contract/http-status.ts";

/** The reference page of the error catalogue, by category. */
export function documentErrors(): string {
  const categories = Object.entries(CATEGORIES) as [Category, (typeof CATEGORIES)[Category]][];
  return [
    "# Errors",
    "Generated from the catalogue in `src/contract/errors.ts`.",
    "A failure has a code, a category, a message with the value that was wrong, and a hint. The category decides the exit code of `airun`, and the HTTP status unless the code has one of its own. A step is tried again only where its failure is retryable.",
    [
      "| Category | Exit code | HTTP status |",
      "|---|---|---|",
      ...categories.map(([name, { exit, status }]) => `| ${name} | ${exit} | ${status} |`),
    ].join("\n"),
    ...categories.flatMap(([name]) => section(name)),
  ]
    .join("\n\n")
    .concat("\n");
}

function section(category: Category): string[] {
  const rows = Object.entries(ERRORS)
    .filter(([, error]) => error.category === category)
    .map(
      ([code, { retryable, hint }]) =>
        `| \`${code}\` | ${statusOf(code as ErrorCode)} | ${retryable ? "yes" : "no"} | ${hint.replaceAll("|", "\\|")} |`,
    );
  if (rows.length === 0) return [];
  return [
    `## ${category}`,
    ["| Code | HTTP status | Retryable | What to do |", "|---|---|---|---|", ...rows].join("\n"),
  ];
}
