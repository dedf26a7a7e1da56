import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { listen, type Listening } from "../../src/control/listen.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { heldMemory } from "../held-memory.ts";
import { openTestControl, runTo, type TestControl } from "./open.ts";

const write = (name: string) => ({
  target: "io.fs.write_file",
  inputs: { path: `${name}.txt`, content: "x".repeat(2000) },
});

export type ReadersReport = {
  /** Of the newest entry when the last run had ended. */
  readonly last: number;
  /** The ids of the events that each reader got, in their order. */
  readonly idsOf: readonly (readonly number[])[];
  /** How often a reader had to connect again. */
  readonly reconnected: number;
  readonly grownBytes: number;
  readonly isWhole: boolean;
};

type Site = { readonly control: TestControl; readonly server: Listening; readonly hanging: Socket };

/**
 * Many readers follow a ledger over connections of their own while many runs write to it, beside one reader that reads
 * nothing. In the middle the server goes away, cutting every connection, and another one takes its place.
 */
export async function followThroughRestart(options: {
  readonly readers: number;
  readonly runs: number;
}): Promise<ReadersReport> {
  const { readers, runs } = options;
  let site = Promise.resolve(await openSite());
  const { directory } = (await site).control;
  let last = Infinity;
  let reconnected = 0;

  /** As a browser's EventSource does: whenever the stream ends, again from the last event that came whole. */
  const follow = async (): Promise<number[]> => {
    const ids: number[] = [];
    for (let attempt = 0; ; attempt++) {
      const { control, server } = await site;
      if (attempt > 0) reconnected++;
      await readOnce(server.port, control, ids, () => last);
      if ((ids.at(-1) ?? 0) >= last) return ids;
    }
  };

  const reading = Array.from({ length: readers }, follow);
  const before = heldMemory();
  const half = Math.ceil(runs / 2);
  const first = await site;
  // Some of them are under way when the server goes: the next one finishes them.
  await Promise.allSettled(
    Array.from({ length: half }, async (_, i) => {
      const { target, inputs } = write(`a${i}`);
      const { settled } = await first.control.station.runtime.start(target, { inputs });
      if (i < half / 2) await settled;
      else settled.catch(() => {});
    }),
  );
  const next = Promise.withResolvers<Site>();
  site = next.promise;
  await closeSite(first);
  next.resolve(await openSite(directory));
  const { control } = await site;
  await control.station.runtime.recover();
  await Promise.all(Array.from({ length: runs - half }, (_, i) => runTo(control, write(`b${i}`))));
  await runTo(control, write("last"));
  last = control.station.runtime.ledger.lastSeq();
  // For those who have it already.
  await runTo(control, write("after"));
  const idsOf = await Promise.all(reading);
  const grownBytes = heldMemory() - before;
  const { ledger } = control.station.runtime;
  await ledger.flush();
  const isWhole = verifyLedger(ledger.path).ok;
  await closeSite(await site);
  directory[Symbol.dispose]();
  return { last, idsOf, reconnected, grownBytes, isWhole };
}

async function openSite(directory?: TestControl["directory"]): Promise<Site> {
  const control = await (directory === undefined ? openTestControl() : openTestControl({}, directory));
  const server = await listen((request) => control.app.fetch(request), { host: "127.0.0.1", port: 0 });
  const hanging = connect(server.port, "127.0.0.1");
  hanging.on("error", () => {});
  hanging.pause();
  hanging.write(
    `GET /v1/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1:8030\r\nAuthorization: ${control.bearer.authorization}\r\n\r\n`,
  );
  await once(hanging, "connect");
  return { control, server, hanging };
}

/** Without waiting for anybody: what is half sent is cut off. */
async function closeSite({ control, server, hanging }: Site): Promise<void> {
  await server.close(0);
  hanging.destroy();
  control.endStreams();
  await control.close();
}

/** One connection, until it ends or the last event came; only events that came whole count. */
async function readOnce(
  port: number,
  { bearer }: TestControl,
  ids: number[],
  last: () => number,
): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  const from = ids.at(-1);
  const place = from === undefined ? "" : `Last-Event-ID: ${from}\r\n`;
  socket.write(
    `GET /v1/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1:8030\r\nAuthorization: ${bearer.authorization}\r\n${place}\r\n`,
  );
  let left = "";
  try {
    for await (const chunk of socket.setEncoding("utf8") as AsyncIterable<string>) {
      left += chunk;
      const end = left.lastIndexOf("\n\n") + 2;
      if (end < 2) continue;
      // Chunks of HTTP may cut an event anywhere but between its id and its end.
      for (const [, id] of left.slice(0, end).matchAll(/^id: (\d+)$/gm)) ids.push(Number(id));
      left = left.slice(end);
      if ((ids.at(-1) ?? 0) >= last()) return;
    }
  } catch {
    // The server went away.
  } finally {
    socket.destroy();
  }
}
