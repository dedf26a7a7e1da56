import { z } from "zod";

import type { Entry } from "../contract/entry.ts";
import { EntryTypes } from "../contract/rest/ledger.ts";
import { frameOf, streamEvents } from "./event-stream.ts";
import { Refusal } from "./problem.ts";
import { rawRoute, type Route } from "./route.ts";

/** The ledger as it grows. */
export const EVENT_ROUTES: readonly Route[] = [
  rawRoute({
    id: "streamEvents",
    method: "get",
    path: "/v1/events",
    tag: "events",
    summary: "The entries of the ledger as they come, as server-sent events.",
    role: "viewer",
    query: z.strictObject({
      run: z.string().min(1).max(200).optional().describe("Only of this run."),
      types: EntryTypes.optional().describe("Only these types of entries."),
      after: z
        .int()
        .min(0)
        .optional()
        .describe("Begin after this entry; the header Last-Event-ID goes before it."),
      format: z
        .enum(["entries", "workflow"])
        .default("entries")
        .describe("`workflow`: the lines of the older control API alone."),
    }),
    answer: {
      status: 200,
      text: "Events whose id is the entry's number, whose name is its type, and whose data is the entry.",
      contentType: "text/event-stream",
    },
    refusals: [429],
    handle: ({ feed, metrics, streams, caller, headers, query: { run, types, after, format } }) => {
      const from = lastEventId(headers) ?? after ?? feed.seq();
      const leave = streams.take(caller.principal);
      metrics.streamOpened();
      return new Response(
        streamEvents({
          feed,
          after: from,
          onEnd: (isDropped) => {
            leave();
            metrics.streamClosed(isDropped);
          },
          run,
          types,
          frame: format === "workflow" ? olderFrame : frameOf,
          expiresAtMs: caller.expiresAtMs,
        }),
        { headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" } },
      );
    },
  }),
];

function lastEventId(headers: Headers): number | undefined {
  const id = headers.get("last-event-id");
  if (id === null) return undefined;
  if (/^\d{1,15}$/.test(id)) return Number(id);
  throw new Refusal(400, "INPUT_INVALID", `Last-Event-ID: "${id.slice(0, 100)}" is no number of an entry.`);
}

const OLDER_WORDS: Partial<Record<Entry["type"], string>> = {
  "run-paused": "paused",
  "run-resumed": "resumed",
};

function olderFrame(entry: Entry): string | undefined {
  const word = OLDER_WORDS[entry.type];
  if (word === undefined || !("run" in entry)) return undefined;
  return `id: ${entry.seq}\nevent: workflow\ndata: ${entry.run} ${word}\n\n`;
}
