import pico from "picocolors";

import type { Environment } from "../kernel/home.ts";
import type { Output } from "./io.ts";

export type Colors = ReturnType<typeof pico.createColors>;

/** How a stream is written to. */
export type Style = {
  readonly colors: Colors;
  /** Lines may be drawn again. */
  readonly isLive: boolean;
  /** Columns that a line may take; `Infinity` where it is no terminal. */
  readonly columns: number;
};

/** Colours and redrawing only on a terminal that can do it, and colours only without NO_COLOR. */
export function styleOf(output: Output, env: Environment): Style {
  const size = output.terminal();
  const isCapable = size !== null && env["TERM"] !== "dumb";
  const hasColors = isCapable && (env["NO_COLOR"] ?? "") === "";
  return { colors: pico.createColors(hasColors), isLive: isCapable, columns: size?.columns ?? Infinity };
}
