import type { z } from "zod";

import type { LedgerEntry } from "../../contract/rest/ledger.ts";
import { createSignal } from "../signal.ts";
import { Refused, send } from "./client.ts";

export type StreamedEntry = z.output<typeof LedgerEntry>;
export type Connection = "connecting" | "live" | "broken";

/** Whether what is shown follows the ledger at this moment. */
export const connection = createSignal<Connection>("connecting");

const RETRY_MS = [500, 1000, 2000, 5000, 10_000];
// The server beats every 15 seconds; a connection that is silent for longer leads nowhere.
const SILENT_MS = 40_000;

/**
 * Follows the ledger until it is stopped: `onOpen` after each connecting, then every new entry once. Where the
 * connection broke, it goes on after the last entry that came.
 */
export function followLedger(handlers: {
  readonly onOpen: () => void;
  readonly onEntry: (entry: StreamedEntry) => void;
}): () => void {
  const stopping = new AbortController();
  let lastId: string | null = null;
  let attempt = 0;

  const connect = async (): Promise<void> => {
    const silent = new AbortController();
    const signal = AbortSignal.any([stopping.signal, silent.signal]);
    let timer = setTimeout(() => silent.abort(), SILENT_MS);
    try {
      const response = await send("GET", "/v1/events", {
        signal,
        headers: lastId === null ? {} : { "last-event-id": lastId },
      });
      attempt = 0;
      connection.set("live");
      handlers.onOpen();
      for await (const frame of framesOf(response, () => {
        clearTimeout(timer);
        timer = setTimeout(() => silent.abort(), SILENT_MS);
      })) {
        lastId = frame.id;
        handlers.onEntry(JSON.parse(frame.data) as StreamedEntry);
      }
    } finally {
      clearTimeout(timer);
    }
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await connect();
      } catch (error) {
        if (error instanceof Refused && error.problem?.status === 401) return;
      }
      if (stopping.signal.aborted) return;
      connection.set(attempt === 0 ? "connecting" : "broken");
      await wait(RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)] ?? 0, stopping.signal);
    }
  };
  void run();
  return () => stopping.abort();
}

type Frame = { readonly id: string; readonly data: string };

/** The events of a stream (WHATWG HTML §9.2.6), of which the server sends one line of data each. */
async function* framesOf(response: Response, onBytes: () => void): AsyncGenerator<Frame> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let left = "";
  for (;;) {
    const { done = true, value = "" } = (await reader?.read()) ?? {};
    if (done) return;
    onBytes();
    const frames = (left + value).split("\n\n");
    left = frames.pop() ?? "";
    for (const frame of frames) {
      const id = /^id: (.*)$/m.exec(frame)?.[1];
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (id !== undefined && data !== undefined) yield { id, data };
    }
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
