import { type Failure, fromSystem, RuntimeError, toFailure } from "../contract/errors.ts";
import { visible } from "../kernel/consent.ts";
import type { Colors } from "./style.ts";
import { visibleLines } from "./text.ts";

/** Whatever was thrown, as an error of the catalogue; where closing failed too, what failed before. */
export function asRuntimeError(thrown: unknown): RuntimeError {
  if (thrown instanceof SuppressedError) return asRuntimeError(thrown.suppressed);
  const error = fromSystem(thrown);
  return error.code === "UNKNOWN" && !(thrown instanceof RuntimeError)
    ? new RuntimeError("INTERNAL", error.message, { cause: thrown })
    : error;
}

/** An error for people: code, message, causes, details, and what to do. No stack. */
export function renderError(error: RuntimeError, colors: Colors): string[] {
  const lines = renderFailure(toFailure(error), colors);
  const hint = lines.pop() ?? "";
  return [...lines, ...causesOf(error).map((cause) => `cause: ${visible(cause)}`), hint];
}

// Errors whose message already names each thing that their details list.
const SAID_IN_FULL: ReadonlySet<string> = new Set([
  "SPEC_INVALID",
  "INPUT_INVALID",
  "OUTPUT_INVALID",
  "UNDO_CONFLICT",
]);

/** A failure for people; the hint comes last. */
export function renderFailure({ code, message, hint, details }: Failure, colors: Colors): string[] {
  const title = colors.red(colors.bold(`error ${code}:`));
  const isListed = SAID_IN_FULL.has(code) && Array.isArray(details);
  const [first = "", ...rest] = visibleLines(message);
  const shown =
    isListed && rest.length > 0
      ? [title, ...indent([first, ...rest])]
      : [`${title} ${first}`, ...indent(rest)];
  return [...shown, ...(isListed ? [] : renderDetails(details)), `${colors.cyan("hint:")} ${visible(hint)}`];
}

const MAX_DETAIL_LINES = 40;

function renderDetails(details: unknown): string[] {
  if (details === undefined || details === null) return [];
  const lines = visibleLines(JSON.stringify(details, null, 2));
  const more = lines.length - MAX_DETAIL_LINES;
  return [
    "details:",
    ...indent(lines.slice(0, MAX_DETAIL_LINES)),
    ...(more > 0 ? [`  … ${more} lines more; --json shows them`] : []),
  ];
}

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < 5; cause = cause.cause)
    if (!error.message.includes(cause.message)) causes.push(cause.message);
  return causes;
}

// Indented, so that no line of a foreign text can pass for one of ours.
function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
