import type { Entry } from "../contract/entry.ts";
import { createActiveSteps } from "./active-steps.ts";
import { describeEntry } from "./describe-entry.ts";
import type { Session } from "./session.ts";
import { fit } from "./text.ts";

export type Progress = {
  readonly onEntry: (entry: Entry) => void;
  /** Takes the moving lines away, to write something else; the next entry brings them back. */
  readonly hide: () => void;
};

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const MAX_ACTIVE_LINES = 8;

/**
 * Shows what runs do while they do it: one line for each thing that has happened, and on a terminal moving lines for
 * what is under way. Nothing with `--json`.
 */
export function createProgress(session: Session): Progress {
  if (session.json) return { onEntry: () => {}, hide: () => {} };
  const { style, io } = session;
  const active = createActiveSteps();
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;

  const erase = (): string => {
    const codes = drawn === 0 ? "" : `\x1b[${drawn}A\x1b[J`;
    drawn = 0;
    return codes;
  };
  const draw = (): string => {
    const labels = active.labels();
    const columns = io.stdout.terminal()?.columns ?? style.columns;
    const shown = labels.slice(0, MAX_ACTIVE_LINES);
    const frame = FRAMES[Math.floor(performance.now() / FRAME_MS) % FRAMES.length] ?? "";
    const lines = shown.map((label) => `${style.colors.cyan(frame)} ${fit(label, columns - 3)}`);
    if (labels.length > shown.length)
      lines.push(style.colors.dim(`  … ${labels.length - shown.length} more`));
    drawn = lines.length;
    return lines.map((line) => `${line}\n`).join("");
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    onEntry(entry) {
      const line = describeEntry(entry, active.find(entry), style.colors);
      active.follow(entry);
      if (!style.isLive) {
        if (line !== null) session.print(line);
        return;
      }
      io.stdout.write(`${erase()}${line === null ? "" : `${line}\n`}${draw()}`);
      if (active.labels().length === 0) stop();
      else timer ??= setInterval(() => io.stdout.write(erase() + draw()), FRAME_MS).unref();
    },
    hide() {
      stop();
      if (drawn > 0) io.stdout.write(erase());
    },
  };
}
