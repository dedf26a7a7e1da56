import { ERRORS, type ErrorCode, RuntimeError, toFailure } from "../contract/errors.ts";
import type { Context, Handler, HandlerCode } from "../contract/handler.ts";
import { type Doors, openDoors } from "./doors.ts";
import { encodeFrame, type Frame, FrameReader, refused } from "./frames.ts";
import { type FromChild, parseMessage, type ToChild } from "./messages.ts";
import { openStreams } from "./streams.ts";
import { type Child, HEAP_MIB, type Layers, sandboxCommand, startChild } from "./start-child.ts";

const MAX_CALLS_AT_ONCE = 16;
const MAX_MESSAGES = 1_000_000;
/** How long a handler may put things in order after its signal was aborted. */
const GRACE_MS = 500;
const MAX_TEXT = 2000;

/** What a handler may say about itself. All else comes from its calls, whose errors are known here. */
const OWN_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  "INPUT_INVALID",
  "OUTPUT_INVALID",
  "SPEC_INVALID",
  "CONTENT_INVALID",
  "LIMIT_EXCEEDED",
  "ALREADY_EXISTS",
  "FILE_NOT_FOUND",
  "TIMED_OUT",
  "NETWORK_FAILED",
  "SERVICE_FAILED",
  "SERVICE_REFUSED",
  "PROCESS_FAILED",
]);

/**
 * A handler whose code runs in a child process of its own for each call: exactly these bytes, with the context as its
 * only way out. Whatever way the call ends, the child and all that it started have been killed.
 *
 * `program` stands in for the child's own program, which is believed no more than any other.
 *
 * @throws SANDBOX_UNAVAILABLE. The handler: EFFECT_UNDECLARED where the code tried to get past its contract or its
 * context, be it that it hid that; LIMIT_EXCEEDED, OUTPUT_INVALID; and what the code threw
 */
export async function sandboxed(layers: Layers, code: HandlerCode, program?: string): Promise<Handler> {
  const command = await sandboxCommand(layers, program);
  return async (context, input) => {
    context.signal.throwIfAborted();
    const child = startChild(command);
    try {
      return await converse(child, context, input, code);
    } finally {
      child.kill();
      await child.ended;
    }
  };
}

async function converse(
  child: Child,
  context: Context,
  input: unknown,
  code: HandlerCode,
): Promise<Record<string, unknown>> {
  const { signal } = context;
  const end = Promise.withResolvers<Record<string, unknown>>();
  const errors = new Map<number, RuntimeError>();
  const calls = new Set<number>();
  const going = new Set<Promise<void>>();
  let beyond: RuntimeError | undefined;
  let isReady = false;
  let hasEnded = false;
  let messages = 0;
  let reading: Promise<void> = Promise.resolve();

  const send = async (message: ToChild, payload?: Uint8Array): Promise<void> => {
    if (hasEnded) return;
    const parts = encodeFrame(message, payload);
    await Promise.all(parts.map((part) => new Promise((resolve) => child.input.write(part, resolve))));
  };
  const streams = openStreams((stream) => void send({ type: "pull", stream }));
  const doors = openDoors(context, streams.open);
  const fail = (error: unknown): void => {
    hasEnded = true;
    end.reject(error);
  };

  const answer = async ({ id, door, args }: FromChild & { type: "call" }): Promise<void> => {
    if (calls.size >= MAX_CALLS_AT_ONCE) throw refused(`more than ${MAX_CALLS_AT_ONCE} calls at once`);
    if (calls.has(id)) throw refused(`the number ${id} for two calls`);
    calls.add(id);
    // A call ends when its answer was taken: a child that does not listen gets no more of them.
    const go = async (): Promise<void> => {
      const { value, bytes } = await doors.call(door, args);
      await send({ type: "ok", id, value, ...(bytes === undefined ? {} : { isBytes: true }) }, bytes);
    };
    try {
      // Of whole files no more than one lies here.
      await (door === "fs.read" ? (reading = reading.then(go, go)) : go());
    } catch (error) {
      const known = error instanceof RuntimeError ? error : undefined;
      if (known?.code === "EFFECT_UNDECLARED") beyond ??= known;
      // Nothing that it does afterwards makes this undone: it is stopped, and need not know why.
      if (known?.code === "EFFECT_UNDECLARED" || known?.code === "OUTPUT_INVALID") throw known;
      if (known !== undefined) rememberError(errors, id, known);
      await send({ type: "error", id, error: toFailure(error) });
    } finally {
      calls.delete(id);
    }
  };

  const hear = ({ message, payload }: Frame): void => {
    // What came in the same piece as the answer counts as little as what comes later.
    if (hasEnded) return;
    if (++messages > MAX_MESSAGES) throw refused(`more than ${MAX_MESSAGES} messages`);
    const said = parseMessage(message);
    if (isReady === (said.type === "ready")) throw refused(`"${said.type}" at the wrong time`);
    switch (said.type) {
      case "ready": {
        isReady = true;
        const { spec, idempotencyKey } = context;
        const start = { name: code.name, input, spec, idempotencyKey, now: context.now() };
        void send({ type: "start", ...start }, code.bytes);
        return;
      }
      case "call": {
        const call = answer(said)
          .catch(fail)
          .finally(() => going.delete(call));
        going.add(call);
        return;
      }
      case "piece":
        streams.give(said.stream, payload, said.isLast);
        return;
      case "broken":
        streams.break(said.stream, new RuntimeError("UNKNOWN", brief(said.text)));
        return;
      case "done":
        hasEnded = true;
        end.resolve(said.outputs as Record<string, unknown>);
        return;
      case "failed":
        fail(failureOf(said, errors));
        return;
      case "beyond":
        fail(undeclared(context, said.what));
    }
  };

  const reader = new FrameReader();
  child.output.on("data", (piece: Buffer) => {
    try {
      for (const frame of reader.read(piece)) hear(frame);
    } catch (error) {
      fail(error);
    }
  });
  void child.ended.then(({ how, isOutOfMemory, stderr }) => {
    if (!isReady)
      fail(new RuntimeError("SANDBOX_UNAVAILABLE", `The sandbox did not start: ${stderr.trim() || how}.`));
    else if (isOutOfMemory)
      fail(new RuntimeError("LIMIT_EXCEEDED", `The handler needed more than its ${HEAP_MIB} MiB of memory.`));
    else fail(new RuntimeError("OUTPUT_INVALID", `The handler's process ended without an answer (${how}).`));
  });
  using _ = onAbort(signal, () => {
    void send({ type: "abort", error: toFailure(signal.reason) });
    const timer = setTimeout(() => fail(signal.reason), GRACE_MS);
    const stop = () => clearTimeout(timer);
    end.promise.then(stop, stop);
  });
  try {
    return await end.promise;
  } finally {
    // Nobody takes answers any more, so that none of its calls waits for it.
    child.kill();
    await leave(streams, doors);
    await Promise.all(going);
    // What it asked for before it answered was judged now, be it that it did not wait for that.
    throwIfAny(beyond);
  }
}

function throwIfAny(beyond: RuntimeError | undefined): void {
  if (beyond !== undefined) throw beyond;
}

async function leave(streams: ReturnType<typeof openStreams>, doors: Doors): Promise<void> {
  streams.close(new RuntimeError("CANCELLED", "The handler has ended."));
  await doors.close();
}

function onAbort(signal: AbortSignal, act: () => void): Disposable {
  signal.addEventListener("abort", act, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", act) };
}

/** Only the newest: a handler that collects errors must not fill the memory here. */
function rememberError(errors: Map<number, RuntimeError>, id: number, error: RuntimeError): void {
  errors.set(id, error);
  const [oldest] = errors.keys();
  if (errors.size > 1000 && oldest !== undefined) errors.delete(oldest);
}

function failureOf(
  { text, code = "", call = -1 }: FromChild & { type: "failed" },
  errors: ReadonlyMap<number, RuntimeError>,
): RuntimeError {
  const own = errors.get(call);
  if (own !== undefined) return own;
  return new RuntimeError(isOwnCode(code) ? code : "UNKNOWN", brief(text));
}

function isOwnCode(code: string): code is ErrorCode {
  return OWN_CODES.has(code) && Object.hasOwn(ERRORS, code);
}

function undeclared({ spec }: Context, what: string): RuntimeError {
  return new RuntimeError(
    "EFFECT_UNDECLARED",
    `${spec.id} tried to get past its context: ${brief(what).slice(0, 200)}.`,
  );
}

function brief(text: string): string {
  return text.slice(0, MAX_TEXT).toWellFormed();
}
