import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { boundStream } from "./bound-stream.ts";

verifies("mcp:http");

/** A sender that never waits for its reader. */
function sender() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const gone = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => gone.resolve(),
  });
  return {
    response: new Response(body),
    send: (bytes: number) => controller?.enqueue(new Uint8Array(bytes)),
    gone: gone.promise,
  };
}

test("a reader that takes nothing is dropped, and its sender is told", async () => {
  const { response, send, gone } = sender();
  const bound = boundStream(response, null);
  for (let sent = 0; sent < 1024; sent += 64) send(64 * 1024);
  await gone;
  await expect(bound.arrayBuffer()).rejects.toThrow("takes nothing");
});

test("a reader that keeps up gets everything", async () => {
  const { response, send } = sender();
  const reader = boundStream(response, null).body?.getReader();
  let size = 0;
  for (let sent = 0; sent < 64; sent++) {
    send(64 * 1024);
    size += (await reader?.read())?.value?.length ?? 0;
  }
  expect(size).toBe(64 * 64 * 1024);
});

test("the stream ends with the token", async () => {
  const { response, send, gone } = sender();
  const bound = boundStream(response, Date.now() - 1);
  send(10);
  await gone;
  expect((await bound.arrayBuffer()).byteLength).toBeLessThanOrEqual(10);
});
