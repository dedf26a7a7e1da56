import { msUntil } from "../operate/ms-until.ts";

const MAX_WAITING_BYTES = 256 * 1024;

/**
 * The same response, whose stream ends with the token of whoever reads it; and before, where a reader takes nothing
 * while more and more waits for it.
 */
export function boundStream(response: Response, endsAtMs: number | null): Response {
  if (response.body === null) return response;
  const reader = response.body.getReader();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const end = (finish: () => void): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    void reader.cancel().catch(() => {});
    finish();
  };
  const pass = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (isOver) return;
      if (done) return end(() => controller.close());
      controller.enqueue(value);
      // What sends does not wait for who reads.
      if ((controller.desiredSize ?? 0) <= 0)
        return end(() => controller.error(new Error("The reader takes nothing.")));
    }
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (endsAtMs !== null) timer = setTimeout(() => end(() => controller.close()), msUntil(endsAtMs));
        pass(controller).catch((error: unknown) => end(() => controller.error(error)));
      },
      cancel: () => end(() => {}),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING_BYTES }),
  );
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}
