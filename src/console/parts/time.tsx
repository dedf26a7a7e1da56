import { type ReactNode, useEffect, useState } from "react";

import { createSignal, useSignal } from "../signal.ts";
import { useSay } from "../words/use-words.ts";

const STEPS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** One clock for everything that says how long ago. */
const clock = createSignal(Date.now());
setInterval(() => clock.set(Date.now()), 1_000);

/** A time as how long ago it was; the whole of it on hovering, and for programs. */
export function Ago({ at }: { readonly at: string }): ReactNode {
  const say = useSay();
  const now = useSignal(clock);
  const ms = Date.parse(at) - now;
  const [unit, size] = STEPS.find(([, each]) => Math.abs(ms) >= each) ?? [undefined, 1];
  const text =
    unit === undefined
      ? say("time.now")
      : new Intl.RelativeTimeFormat(say.language, { style: "short", numeric: "always" }).format(
          Math.trunc(ms / size),
          unit,
        );
  return (
    <time dateTime={at} title={at}>
      {text}
    </time>
  );
}

/** The time of day, to the millisecond; the date where it is not today. */
export function Clock({ at }: { readonly at: string }): ReactNode {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date(useSignal(clock)).toDateString();
  const day = isToday ? "" : `${date.toLocaleDateString("sv-SE")} `;
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return (
    <time dateTime={at} title={at} className="mono">
      {day}
      {date.toLocaleTimeString("sv-SE")}
      <span className="soft">.{ms}</span>
    </time>
  );
}

/** How long something took, or has taken so far. */
export function Took({ from, to }: { readonly from: string; readonly to: string | null }): ReactNode {
  const now = useTicking(to === null);
  const ms = Math.max(0, (to === null ? now : Date.parse(to)) - Date.parse(from));
  return <span className="mono">{durationOf(ms)}</span>;
}

export function durationOf(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function useTicking(isTicking: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isTicking) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
}
