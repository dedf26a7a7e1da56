import { connect } from "node:net";

import { expect, test } from "vitest";

import { listen } from "../../src/control/listen.ts";
import { verifies } from "../requirements.ts";
import { openTestControl, runTo } from "./open.ts";

verifies("control:events");

const READERS = 500;
const RUNS = 200;
const MAX_GROWTH_BYTES = 300 * 1024 * 1024;

const write = (i: number) => ({ target: "io.fs.write_file", inputs: { path: `f${i}.txt`, content: "x" } });

/** Reads the ids of all events up to one, over a connection of its own. */
async function idsUpTo(response: Response, isLast: (id: number) => boolean): Promise<number[]> {
  const ids: number[] = [];
  const decoder = new TextDecoder();
  let left = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    left += decoder.decode(chunk, { stream: true });
    const end = left.lastIndexOf("\n\n") + 2;
    for (const [, id] of left.slice(0, end).matchAll(/^id: (\d+)$/gm)) ids.push(Number(id));
    left = left.slice(end);
    if (isLast(ids.at(-1) ?? 0)) break;
  }
  return ids;
}

test("500 readers and 200 runs at once: nobody misses anything, and one that hangs costs nothing", async () => {
  await using control = await openTestControl();
  const server = await listen((request) => control.app.fetch(request), { host: "127.0.0.1", port: 0 });
  control.setPort(server.port);
  const url = `http://127.0.0.1:${server.port}/v1/events?after=0`;
  const hanging = connect(server.port, "127.0.0.1");
  hanging.write(
    `GET /v1/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: ${control.bearer.authorization}\r\n\r\n`,
  );
  hanging.pause();
  const responses = await Promise.all(
    Array.from({ length: READERS }, () => fetch(url, { headers: control.bearer })),
  );
  control.setPort(8030);
  let last = Infinity;
  const reading = responses.map((response) => idsUpTo(response, (id) => id >= last));
  const before = process.memoryUsage.rss();
  await Promise.all(Array.from({ length: RUNS }, (_, i) => runTo(control, write(i))));
  last = control.station.runtime.ledger.lastSeq() + 1;
  await runTo(control, write(RUNS));
  const all = Array.from({ length: last }, (_, i) => i + 1);
  for (const ids of await Promise.all(reading)) expect(ids.slice(0, last)).toEqual(all);
  expect(process.memoryUsage.rss() - before).toBeLessThan(MAX_GROWTH_BYTES);
  hanging.destroy();
  control.endStreams();
  await server.close(2000);
});
