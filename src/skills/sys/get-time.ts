import { RuntimeError } from "../../contract/errors.ts";
import type { Handler } from "../../contract/handler.ts";

type Input = { readonly format: "iso8601" | "unix" | "rfc3339"; readonly timezone: string };

/** The context's time. @throws INPUT_INVALID for an unknown time zone */
export const handler: Handler<Input> = async (ctx, { format, timezone }) => {
  const now = ctx.now();
  const offsetMs = timezone.toLowerCase() === "utc" ? 0 : offsetOf(timezone, now);
  return { timestamp: formatTime(now, format, offsetMs), timezone };
};

function formatTime(now: number, format: Input["format"], offsetMs: number): string {
  if (format === "unix") return String(Math.floor(now / 1000));
  const local = new Date(now + offsetMs).toISOString();
  const withoutZone = format === "iso8601" ? local.slice(0, -1) : local.slice(0, -5);
  return withoutZone + (offsetMs === 0 ? "Z" : formatOffset(offsetMs));
}

function formatOffset(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  return `${offsetMs < 0 ? "-" : "+"}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

function offsetOf(timeZone: string, now: number): number {
  const parts = Object.fromEntries(
    zoneFormat(timeZone)
      .formatToParts(now)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(now / 1000) * 1000;
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  const field = "2-digit";
  try {
    return new Intl.DateTimeFormat("en-US-u-ca-gregory", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: field,
      day: field,
      hour: field,
      minute: field,
      second: field,
    });
  } catch (cause) {
    throw new RuntimeError("INPUT_INVALID", `timezone "${timeZone}" is neither "utc" nor an IANA name`, {
      cause,
    });
  }
}
