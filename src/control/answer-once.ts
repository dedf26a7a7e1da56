import { RuntimeError, toFailure } from "../contract/errors.ts";
import type { Caller, Call, Route, Surface } from "./route.ts";

export const IDEMPOTENCY_KEY_PATTERN = /^[!-~]{1,200}$/;

/** The caller's own name for a request; as a string of structured fields (RFC 9651 §3.3.3) it is the same. @throws INPUT_INVALID */
export function keyIn(headers: Headers): string | undefined {
  const given = headers.get("idempotency-key");
  if (given === null) return undefined;
  const [, inner] = /^"([^"\\]*)"$/.exec(given) ?? [];
  const key = inner ?? given;
  if (IDEMPOTENCY_KEY_PATTERN.test(key)) return key;
  throw new RuntimeError("INPUT_INVALID", "Idempotency-Key: it is not 1 to 200 visible ASCII characters.");
}

/**
 * Answers a request that its caller named: the same one with the same answer, refusals too, unless these may be
 * retried.
 *
 * @throws KEY_REUSED, REQUEST_UNDER_WAY, REQUEST_INTERRUPTED
 */
export async function answerOnce(
  route: Route,
  call: Call<never, never, never>,
  key: string,
  respond: (call: Call<never, never, never>) => Promise<Response>,
  refuse: (error: unknown) => Response,
): Promise<Response> {
  const { requests, caller, params, query, body } = call as unknown as Surface & {
    readonly caller: Caller;
    readonly params: object;
    readonly query: object;
    readonly body: object | undefined;
  };
  const request = { operation: route.id, params, query, ...(body === undefined ? {} : { body }) };
  const startsRun = route.startsRun === true;
  const answer = await requests.answer(caller.principal, key, request, startsRun, async (promised) => {
    let isFinal = true;
    const response = await respond({ ...call, promised }).catch((error: unknown) => {
      isFinal = !toFailure(error).retryable;
      return refuse(error);
    });
    const type = response.headers.get("content-type") ?? "";
    return { status: response.status, type, body: await response.text(), isFinal };
  });
  return new Response(answer.body, {
    status: answer.status,
    headers: {
      "content-type": answer.type,
      ...(answer.isRepeated ? { "idempotency-replayed": "true" } : {}),
    },
  });
}
