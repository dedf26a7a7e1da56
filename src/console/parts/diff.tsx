import type { ReactNode } from "react";

import { visible } from "../../contract/visible.ts";

/** A unified diff, line by line; the sign at the beginning says what the colour says. */
export function DiffText({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  return (
    <pre className="diff" tabIndex={0} role="group" aria-label={label}>
      {linesOf(text).map((line, index) => (
        <span key={index} className={kindOf(line)}>
          {visible(line)}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}

/** The changed lines, without the names of the files, which stand above. */
function linesOf(text: string): string[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith("@@"));
  const body = start < 0 ? lines : lines.slice(start);
  return body.at(-1) === "" ? body.slice(0, -1) : body;
}

function kindOf(line: string): string {
  if (line.startsWith("@@")) return "hunk";
  if (line.startsWith("+")) return "plus";
  return line.startsWith("-") ? "minus" : "same";
}
