import { expect, test, vi } from "vitest";

import type { Entry } from "../../src/contract/entry.ts";
import { frameOf, streamEvents } from "../../src/control/event-stream.ts";
import { openFeed } from "../../src/operate/feed.ts";
import { listen } from "../../src/control/listen.ts";
import { createRuntime } from "../../src/index.ts";
import { verifies } from "../requirements.ts";
import { openTestControl, runTo } from "./open.ts";

verifies("control:events");

/** Reads events from a response as they come. */
async function* eventsOf(response: Response): AsyncGenerator<{ id: number; event: string; data: string }> {
  let left = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    left += decoder.decode(chunk, { stream: true });
    for (let end = left.indexOf("\n\n"); end >= 0; end = left.indexOf("\n\n")) {
      const frame = left.slice(0, end);
      left = left.slice(end + 2);
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(frame)?.[1] ?? "";
      if (field("id") !== "") yield { id: Number(field("id")), event: field("event"), data: field("data") };
    }
  }
}

async function take(response: Response, isLast: (id: number) => boolean): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of eventsOf(response)) {
    ids.push(id);
    if (isLast(id)) break;
  }
  return ids;
}

const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const write = (path: string) => ({ target: "io.fs.write_file", inputs: { path, content: "x" } });

test("a reader goes on where it stopped, over a restart, without gap or duplicate", async () => {
  const first = await openTestControl();
  await runTo(first, write("a.txt"));
  const middle = first.station.runtime.ledger.lastSeq() - 2;
  const before = await take(await first.send("GET", "/v1/events?after=0"), (id) => id === middle);
  await first.close();

  await using second = await openTestControl({}, first.directory);
  const headers = { ...second.bearer, "last-event-id": String(middle) };
  const response = await second.send("GET", "/v1/events", undefined, headers);
  await runTo(second, write("b.txt"));
  const last = second.station.runtime.ledger.lastSeq();
  const after = await take(response, (id) => id === last);
  expect([...before, ...after]).toEqual(from(1, last));
});

test("entries of another process come too, and only what was asked for", async () => {
  await using control = await openTestControl();
  const response = await control.send("GET", "/v1/events?types=run-completed");
  const { workspace } = control.station.runtime;
  await using other = await createRuntime({
    workspace,
    env: { AI_FIRST_HOME: `${control.directory.path}/home` },
  });
  const { run } = await other.run("io.fs.write_file", { inputs: { path: "c.txt", content: "x" } });
  for await (const { event, data } of eventsOf(response)) {
    expect(event).toBe("run-completed");
    expect(JSON.parse(data)).toMatchObject({ type: "run-completed", run });
    break;
  }
});

test("the older lines come where they are asked for", async () => {
  await using control = await openTestControl();
  const { run } = await runTo(control, { target: "sys.exec.run", inputs: { command: "ls", args: [] } });
  const response = await control.send("GET", "/v1/events?format=workflow&after=0");
  await control.ask("POST", `/v1/runs/${run}/pause`, { reason: "look" });
  for await (const { event, data } of eventsOf(response)) {
    expect({ event, data }).toEqual({ event: "workflow", data: `${run} paused` });
    break;
  }
});

/** A ledger that grows at a word, without a disk. */
function growing() {
  const entries: Entry[] = [];
  const ledger = {
    lastSeq: () => entries.length,
    version: () => 1,
    *entries({ afterSeq = 0 } = {}) {
      yield* entries.slice(afterSeq);
    },
  };
  const grow = (count: number, size = 10) => {
    for (let i = 0; i < count; i++)
      entries.push({
        seq: entries.length + 1,
        at: "2026-01-01T00:00:00.000Z",
        by: "x",
        type: "run-paused",
        run: "r",
        data: { reason: "x".repeat(size) },
      });
  };
  const feed = openFeed(ledger as never);
  return { feed, grow, ledger };
}

test("what was written last does not make a closed feed look at a ledger that is closed too", async () => {
  const { feed, ledger } = growing();
  feed.nudge();
  feed.close();
  const look = vi.spyOn(ledger, "lastSeq").mockImplementation(() => {
    throw new Error("it is closed");
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(look).not.toHaveBeenCalled();
});

test("a reader that takes nothing is dropped, and nothing is kept for it", async () => {
  const { feed, grow } = growing();
  let produced = 0;
  const ended = Promise.withResolvers<boolean>();
  const frame = (entry: Entry): string => {
    produced++;
    return frameOf(entry);
  };
  const stream = streamEvents({
    feed,
    after: 0,
    frame,
    expiresAtMs: null,
    stalledMs: 40,
    onEnd: ended.resolve,
  });
  const reader = stream.getReader();
  grow(50_000);
  feed.nudge();
  expect(await ended.promise).toBe(true);
  expect(produced).toBeLessThanOrEqual(600);
  await expect(
    reader
      .read()
      .then(() => reader.read())
      .then(() => reader.read()),
  ).rejects.toThrow("takes nothing");
  feed.close();
});

test("many readers get every entry, while one of them hangs", async () => {
  const { feed, grow } = growing();
  const open = () => streamEvents({ feed, after: 0, frame: frameOf, expiresAtMs: null });
  const hanging = open();
  const readers = Array.from({ length: 100 }, () => take(new Response(open()), (id) => id === 3000));
  for (let i = 0; i < 30; i++) {
    grow(100);
    feed.nudge();
    await new Promise(setImmediate);
  }
  const all = from(1, 3000);
  for (const ids of await Promise.all(readers)) expect(ids).toEqual(all);
  feed.close();
  await hanging.cancel();
});

async function drain(stream: ReadableStream): Promise<string> {
  for await (const _ of stream as unknown as AsyncIterable<unknown>);
  return "ended";
}

test("a stream ends with its token, and with the server", async () => {
  const { feed } = growing();
  const options = { feed, after: 0, frame: frameOf };
  expect(await drain(streamEvents({ ...options, expiresAtMs: Date.now() + 20 }))).toBe("ended");
  const other = drain(streamEvents({ ...options, expiresAtMs: null }));
  feed.close();
  expect(await other).toBe("ended");
});

test("over a real connection, a reader that goes leaves nothing behind", async () => {
  await using control = await openTestControl();
  const server = await listen((request) => control.app.fetch(request), { host: "127.0.0.1", port: 0 });
  control.setPort(server.port);
  const gone = new AbortController();
  const response = await fetch(`http://127.0.0.1:${server.port}/v1/events?after=0`, {
    headers: control.bearer,
    signal: gone.signal,
  });
  // The other requests of this test come without a connection.
  control.setPort(8030);
  await runTo(control, write("d.txt"));
  const [first] = await take(response, () => true);
  expect(first).toBe(1);
  gone.abort();
  const readers = async () => {
    const text = await (await control.send("GET", "/metrics")).text();
    return /^airun_event_streams (\d+)$/m.exec(text)?.[1];
  };
  while ((await readers()) !== "0") await new Promise((resolve) => setTimeout(resolve, 5));
  await server.close(1000);
});

test("whoever asks for the head of the stream alone takes no place", async () => {
  await using control = await openTestControl();
  for (let asked = 0; asked < 3; asked++) expect((await control.send("HEAD", "/v1/events")).status).toBe(200);
  expect(await (await control.send("GET", "/metrics")).text()).toContain("\nairun_event_streams 0\n");
});
