import type { Entry, EventType } from "../contract/entry.ts";
import type { Feed } from "../operate/feed.ts";
import { msUntil } from "../operate/ms-until.ts";

const BEAT_MS = 15_000;
// A reader that takes nothing for so long, while there is something for it, is gone or hangs.
const STALLED_MS = 30_000;
const ENTRIES_IN_A_ROW = 200;

export type StreamOptions = {
  readonly feed: Feed;
  /** Number of the last entry that the reader has. */
  readonly after: number;
  readonly run?: string | undefined;
  readonly types?: readonly EventType[] | undefined;
  /** One entry as its frame; nothing where it is not for this reader. */
  readonly frame: (entry: Entry) => string | undefined;
  /** When the reader's token ends, in milliseconds since 1970. */
  readonly expiresAtMs: number | null;
  /** Called once, when it ends. */
  readonly onEnd?: (isDropped: boolean) => void;
  readonly stalledMs?: number;
  readonly beatMs?: number;
};

/** One entry in the shape of server-sent events; its number is the event's id. */
export function frameOf(entry: Entry): string {
  let frame = frames.get(entry);
  if (frame === undefined) {
    frame = `id: ${entry.seq}\nevent: ${entry.type}\ndata: ${JSON.stringify(entry)}\n\n`;
    frames.set(entry, frame);
  }
  return frame;
}

// The same entry goes to many readers.
const frames = new WeakMap<Entry, string>();

/**
 * The entries of a ledger as server-sent events, from one on and as they come. Nothing is made that the reader has no
 * room for; one that stops reading is dropped, and finds its place again by `Last-Event-ID`.
 */
export function streamEvents(options: StreamOptions): ReadableStream<Uint8Array> {
  let reader: Reader | undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        reader = openReader(controller, options);
      },
      pull: () => reader?.fill(),
      cancel: () => reader?.end("gone"),
    },
    { highWaterMark: 2 },
  );
}

type Reader = { readonly fill: () => void; readonly end: (how: Ending) => void };
/** `gone`: the reader went; an error drops it. */
type Ending = "done" | "gone" | Error;

function openReader(controller: ReadableStreamDefaultController<Uint8Array>, options: StreamOptions): Reader {
  const { feed, expiresAtMs, stalledMs = STALLED_MS, beatMs = BEAT_MS } = options;
  const encoder = new TextEncoder();
  const send = (text: string): void => controller.enqueue(encoder.encode(text));
  const hasRoom = (): boolean => (controller.desiredSize ?? 0) > 0;
  let place = options.after;
  let stalledSinceMs: number | null = null;
  let isOpen = true;

  const fill = (): void => {
    if (!isOpen || !hasRoom()) return;
    stalledSinceMs = null;
    let text = "";
    let looked = 0;
    for (const entry of feed.after(place)) {
      place = entry.seq;
      if (isWanted(entry, options)) text += options.frame(entry) ?? "";
      if (++looked === ENTRIES_IN_A_ROW) break;
    }
    if (text !== "") send(text);
    // None of them was for this reader: nothing was sent, so nobody will ask for more.
    else if (looked === ENTRIES_IN_A_ROW) setImmediate(fill);
  };
  const end = (how: Ending): void => {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(beat);
    clearInterval(watch);
    clearTimeout(expiry);
    stopListening();
    feed.closed.removeEventListener("abort", onClosed);
    options.onEnd?.(how instanceof Error);
    if (how instanceof Error) controller.error(how);
    else if (how === "done") controller.close();
  };
  const beat = setInterval(() => {
    if (hasRoom()) send(": beat\n\n");
  }, beatMs);
  const watch = setInterval(() => {
    if (hasRoom() || place >= feed.seq()) stalledSinceMs = null;
    else if (stalledSinceMs === null) stalledSinceMs = Date.now();
    else if (Date.now() - stalledSinceMs >= stalledMs) end(new Error("The reader takes nothing."));
  }, stalledMs / 4);
  const expiry = expiresAtMs === null ? undefined : setTimeout(() => end("done"), msUntil(expiresAtMs));
  const stopListening = feed.onGrowth(fill);
  const onClosed = (): void => end("done");
  feed.closed.addEventListener("abort", onClosed, { once: true });
  send("retry: 1000\n\n");
  return { fill, end };
}

function isWanted(entry: Entry, { run, types }: StreamOptions): boolean {
  if (run !== undefined && !("run" in entry && entry.run === run)) return false;
  return types === undefined || types.includes(entry.type);
}
