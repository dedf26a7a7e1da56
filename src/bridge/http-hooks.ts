import { createHmac } from "node:crypto";

import type { Governor } from "../contract/governor.ts";
import { type HookAnswer, HookReply, type Hooks } from "../contract/hooks.ts";
import type { TraceParent } from "../contract/watch.ts";

const MAX_REPLY_BYTES = 64 * 1024;
const MAX_REASON_CHARACTERS = 1000;

type HttpGovernor = Extract<Governor, { kind: "http" }>;

/**
 * Asks a governor over HTTP: one POST per event, signed where there is a secret. Whatever is no valid answer in time
 * is answered by the fail mode.
 */
export function httpHooks(governor: HttpGovernor, secret: string | undefined): Hooks {
  return async (request, signal, trace = {}) => {
    const limit = AbortSignal.timeout(governor.timeoutMs);
    try {
      const body = JSON.stringify(request);
      const text = await post(
        governor.url,
        body,
        { ...signatureOf(body, secret), ...headersOf(trace) },
        signal === undefined ? limit : AbortSignal.any([limit, signal]),
      );
      return answerOf(text);
    } catch (error) {
      return failing(
        governor,
        limit.aborted ? `no answer within ${governor.timeoutMs} ms` : whyUnreached(error),
      );
    }
  };
}

async function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
    redirect: "error",
    signal,
  });
  const text = await readBody(response);
  if (response.status !== 200) throw new Error(`the status is ${response.status}`);
  return text;
}

/** Over the time too, so that a request cannot be replayed later. */
function signatureOf(body: string, secret: string | undefined): Record<string, string> {
  if (secret === undefined || secret === "") return {};
  const time = String(Date.now());
  const signature = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
  return { "x-aegis-timestamp": time, "x-aegis-signature": `sha256=${signature}` };
}

/** Where the question belongs (W3C Trace Context): not signed, for it decides nothing. */
function headersOf({ traceparent, tracestate }: TraceParent): Record<string, string> {
  if (traceparent === undefined) return {};
  return { traceparent, ...(tracestate === undefined ? {} : { tracestate }) };
}

async function readBody({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_REPLY_BYTES) throw new Error(`the answer has more than ${MAX_REPLY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answerOf(text: string): HookAnswer {
  const { success, data } = HookReply.safeParse(JSON.parse(text));
  if (!success) throw new Error("the answer has no decision that is ALLOW, DENY or PAUSE");
  const { decision, reason, violation_id: violation } = data;
  return {
    decision,
    reason: (reason ?? "it gave no reason").slice(0, MAX_REASON_CHARACTERS),
    violation: violation ?? null,
    failed: null,
  };
}

function failing({ failMode, url }: HttpGovernor, failed: string): HookAnswer {
  return {
    decision: failMode,
    reason: `the governor at ${url} gave no valid answer`,
    violation: null,
    failed,
  };
}

function whyUnreached(error: unknown): string {
  if (error instanceof SyntaxError) return "the answer is no JSON";
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
