/** The same response, whose stream ends with the token of whoever reads it. */
export function endAt(response: Response, atMs: number | null): Response {
  if (atMs === null || response.body === null) return response;
  const reader = response.body.getReader();
  let timer: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const leftMs = Math.min(Math.max(0, atMs - Date.now()), 2 ** 31 - 1);
      timer = setTimeout(() => {
        void reader.cancel().catch(() => {});
        controller.close();
      }, leftMs);
    },
    async pull(controller) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }) as const);
      if (value !== undefined) controller.enqueue(value);
      if (!done) return;
      clearTimeout(timer);
      try {
        controller.close();
      } catch {
        // It has ended already.
      }
    },
    async cancel(reason) {
      clearTimeout(timer);
      await reader.cancel(reason).catch(() => {});
    },
  });
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}
