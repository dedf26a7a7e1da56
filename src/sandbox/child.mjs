// The program that runs in the sandbox: it loads the one handler that it is sent, calls it, and carries what the
// handler asks of its context to the runtime. Nothing here protects the runtime, which believes no word of it; the
// guards only make visible what would fail in the sandbox anyway.
import { Buffer } from "node:buffer";
import { writeSync } from "node:fs";
import { isBuiltin, registerHooks } from "node:module";

const OUT = 3;
const MAX_PIECE = 256 * 1024;
const MAX_CALLS = 16;

const { stringify, parse } = JSON;
const { exit, getBuiltinModule, stdin } = process;

// Modules of Node that only compute. Everything else leads past the context.
const PURE = new Set(
  "assert assert/strict async_hooks buffer console crypto diagnostics_channel events path path/posix path/win32 perf_hooks punycode querystring stream stream/consumers stream/promises stream/web string_decoder timers timers/promises url util util/types zlib".split(
    " ",
  ),
);

const NONE = Buffer.alloc(0);

function send(message, payload = NONE) {
  const text = Buffer.from(stringify(message));
  const frame = Buffer.alloc(8 + text.length + payload.length);
  frame.writeUInt32BE(text.length, 0);
  frame.writeUInt32BE(payload.length, 4);
  frame.set(text, 8);
  frame.set(payload, 8 + text.length);
  for (let at = 0; at < frame.length;) at += writeSync(OUT, frame, at);
}

async function* frames() {
  let kept = NONE;
  for await (const piece of stdin) {
    kept = Buffer.concat([kept, piece]);
    while (kept.length >= 8) {
      const textEnd = 8 + kept.readUInt32BE(0);
      const end = textEnd + kept.readUInt32BE(4);
      if (kept.length < end) break;
      yield { message: parse(kept.toString("utf8", 8, textEnd)), payload: kept.subarray(textEnd, end) };
      kept = kept.subarray(end);
    }
  }
}

function beyond(what) {
  send({ type: "beyond", what });
  throw new Error(`A handler touches the world through its context alone: ${what}.`);
}

/** Fails in the caller's own time, and is told to the runtime at once. */
function guard(what) {
  return function refused() {
    return beyond(what);
  };
}

function put(name, value) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: false });
}

function quiet() {}

function closeGlobals() {
  for (const name of ["fetch", "WebSocket", "EventSource"]) put(name, guard(name));
  put("process", quietProcess());
  put("console", new Proxy({}, { get: () => quiet }));
}

/** What code for Node looks at without meaning anything by it; what has power tells the runtime. */
function quietProcess() {
  const { version, versions, platform, arch, release, features, hrtime, nextTick, uptime } = process;
  const stub = { version, versions, platform, arch, release, features, hrtime, nextTick, uptime };
  for (const name of ["on", "once", "off", "emit", "addListener", "removeListener", "emitWarning"])
    stub[name] = () => stub;
  for (const name of [
    "kill",
    "abort",
    "binding",
    "_linkedBinding",
    "dlopen",
    "chdir",
    "setuid",
    "setgid",
    "umask",
  ])
    stub[name] = guard(`process.${name}`);
  const out = Object.freeze({ write: () => true, isTTY: false });
  return Object.assign(stub, {
    env: {},
    argv: ["node"],
    execArgv: [],
    pid: 1,
    stdout: out,
    stderr: out,
    cwd: () => "/",
    exit: (code) => exit(code),
    getBuiltinModule: (name) => (isPure(name) ? getBuiltinModule(name) : guard(`the module ${name}`)()),
  });
}

function isPure(name) {
  return PURE.has(`${name}`.replace(/^node:/, ""));
}

function openHandler(name, source) {
  const url = `handler:${name}`;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === url) return { url, shortCircuit: true };
      if (isPure(specifier)) return next(specifier, context);
      if (isBuiltin(specifier) || /^(?:[a-z]+:|[./])/i.test(specifier))
        return beyond(`the module ${specifier}`);
      throw new Error(`A handler is one file; there is no module ${stringify(specifier)} for it.`);
    },
    load(asked, context, next) {
      if (asked !== url) return next(asked, context);
      const format = /\.m?ts$/.test(name) ? "module-typescript" : "module";
      return { format, source, shortCircuit: true };
    },
  });
  return import(url);
}

let asked = 0;
const waiting = new Map();
const queue = [];
const streams = new Map();
let streamed = 0;
const callOf = new WeakMap();

function call(door, ...args) {
  return new Promise((resolve, reject) => {
    queue.push({ door, args, resolve, reject });
    sendCalls();
  });
}

function sendCalls() {
  while (queue.length > 0 && waiting.size < MAX_CALLS) {
    const { door, args, resolve, reject } = queue.shift();
    const id = ++asked;
    waiting.set(id, { resolve, reject });
    send({ type: "call", id, door, args });
  }
}

function settle(id, end) {
  const found = waiting.get(id);
  waiting.delete(id);
  if (found !== undefined) end(found);
  sendCalls();
}

function errorOf({ message, ...fields }) {
  return Object.assign(new Error(message), { name: "RuntimeError", ...fields });
}

/** Registers data that the runtime will ask for, piece by piece. */
function offer(data) {
  const id = ++streamed;
  streams.set(id, piecesOf(data));
  return id;
}

async function* piecesOf(data) {
  const isWhole = typeof data === "string" || ArrayBuffer.isView(data);
  for await (const part of isWhole ? [data] : data) {
    const bytes =
      typeof part === "string"
        ? Buffer.from(part)
        : Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    for (let at = 0; at < bytes.length; at += MAX_PIECE) yield bytes.subarray(at, at + MAX_PIECE);
  }
}

async function deliver(stream) {
  try {
    const { value = NONE, done } = await streams.get(stream).next();
    if (done) streams.delete(stream);
    send({ type: "piece", stream, isLast: done === true }, value);
  } catch (error) {
    streams.delete(stream);
    send({ type: "broken", stream, text: textOf(error) });
  }
}

async function withStreams(offered, work) {
  try {
    return await work();
  } finally {
    for (const id of offered) streams.delete(id);
  }
}

async function* cursor(door, path) {
  const id = await call(door, path);
  try {
    for (;;) {
      const next = await call("cursor.next", id);
      if (Buffer.isBuffer(next)) yield next;
      else if (next.length === 0) return;
      else yield* next;
    }
  } finally {
    await call("cursor.close", id);
  }
}

function contextOf({ spec, idempotencyKey, now }, signal) {
  const startedAt = performance.now();
  const fs = {
    read: (path, options = {}) => call("fs.read", path, options),
    readChunks: (path) => cursor("fs.readChunks", path),
    stat: (path) => call("fs.stat", path),
    list: (path) => call("fs.list", path),
    walk: (path) => cursor("fs.walk", path),
    write(path, data, options = {}) {
      const stream = offer(data);
      return withStreams([stream], () => call("fs.write", path, stream, options));
    },
    writeMany(files, options = {}) {
      const offered = files.map(({ data, ...file }) => ({ ...file, stream: offer(data) }));
      return withStreams(
        offered.map(({ stream }) => stream),
        () => call("fs.writeMany", offered, options),
      );
    },
    makeDir: (path, options = {}) => call("fs.makeDir", path, options),
    remove: (path, options = {}) => call("fs.remove", path, options),
    move: (source, destination, options = {}) => call("fs.move", source, destination, options),
    copy: (source, destination, options = {}) => call("fs.copy", source, destination, options),
  };
  const net = {
    request({ body, ...request }) {
      const stream = body === undefined ? null : offer(body);
      return withStreams(stream === null ? [] : [stream], () => call("net.request", request, stream));
    },
  };
  return Object.freeze({
    fs: Object.freeze(fs),
    net: Object.freeze(net),
    process: Object.freeze({ run: (program) => call("process.run", program) }),
    now: () => Math.round(now + performance.now() - startedAt),
    signal,
    idempotencyKey,
    spec,
  });
}

/** What JSON would change or leave out without a word is refused, as it is for handlers of the runtime's own. */
function plain(key, value) {
  const original = this[key];
  const prototype = typeof original === "object" && original !== null && Object.getPrototypeOf(original);
  if (prototype && prototype !== Object.prototype && !Array.isArray(original))
    throw notJson(key, "no plain mapping");
  if (typeof value === "number" && !Number.isFinite(value)) throw notJson(key, `${value}`);
  if (["function", "symbol", "bigint"].includes(typeof value)) throw notJson(key, `a ${typeof value}`);
  return value;
}

function notJson(key, what) {
  return new TypeError(`The output ${stringify(key)} is ${what}, which JSON cannot hold.`);
}

function finish(outputs) {
  let text;
  try {
    text = stringify({ outputs }, plain);
  } catch (error) {
    return send({ type: "failed", code: "OUTPUT_INVALID", text: textOf(error) });
  }
  return send({ type: "done", ...parse(text) });
}

function fail(error) {
  // Node's own permission model refused something that the guards here had not seen.
  if (error?.code === "ERR_ACCESS_DENIED") return send({ type: "beyond", what: `${error.permission}` });
  const failed = callOf.get(Object(error));
  const code = typeof error?.code === "string" && error.code.length <= 40 ? { code: error.code } : {};
  return send({
    type: "failed",
    text: textOf(error),
    ...code,
    ...(failed === undefined ? {} : { call: failed }),
  });
}

function textOf(error) {
  return `${error?.message ?? error}`.slice(0, 2000);
}

const controller = new AbortController();

async function run(start, source) {
  const found = await openHandler(start.name, source);
  const handler = found.run ?? found.default;
  if (typeof handler !== "function")
    throw Object.assign(new Error(`${start.name} exports no function "run", and none as its default.`), {
      code: "SPEC_INVALID",
    });
  finish(await handler(contextOf(start, controller.signal), start.input));
}

process.on("uncaughtException", fail);
closeGlobals();
send({ type: "ready" });
for await (const { message, payload } of frames()) {
  switch (message.type) {
    case "start":
      run(message, payload.toString("utf8")).catch(fail);
      break;
    case "ok":
      settle(message.id, ({ resolve }) =>
        resolve(
          message.isBytes
            ? message.value === undefined
              ? Buffer.from(payload)
              : { ...message.value, body: Buffer.from(payload) }
            : message.value,
        ),
      );
      break;
    case "error":
      settle(message.id, ({ reject }) => {
        const error = errorOf(message.error);
        callOf.set(error, message.id);
        reject(error);
      });
      break;
    case "pull":
      void deliver(message.stream);
      break;
    case "abort":
      controller.abort(errorOf(message.error));
      break;
  }
}
exit(0);
