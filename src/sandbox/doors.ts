import { z } from "zod";

import { RuntimeError } from "../contract/errors.ts";
import type { Context, DirEntry, NetResponse } from "../contract/handler.ts";
import { checkDeclared, READS, WRITES } from "../contract/network-effect.ts";

/** Data that the child keeps until it is asked for, by the number of its stream. */
export type OpenStream = (stream: number) => AsyncIterable<Uint8Array>;

export type Answer = { readonly value?: unknown; readonly bytes?: Uint8Array };

export type Doors = {
  /** Goes through a door of the context. @throws what the door throws; INPUT_INVALID for arguments that do not fit */
  readonly call: (door: string, args: readonly unknown[]) => Promise<Answer>;
  /** Closes what was left half read. */
  readonly close: () => Promise<void>;
};

const MAX_CURSORS = 64;
const MAX_BATCH = 256;
const MAX_BODY_BYTES = 20 * 1024 * 1024;
const MAX_READ_BYTES = 64 * 1024 * 1024;

const Path = z.string();
const Stream = z.int().nonnegative();
const Write = z.strictObject({
  overwrite: z.boolean().exactOptional(),
  createDirs: z.boolean().exactOptional(),
});
const Overwrite = z.strictObject({ overwrite: z.boolean().exactOptional() });
const Request = z.strictObject({
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()).exactOptional(),
  timeoutMs: z.number().positive().exactOptional(),
  followRedirects: z.boolean().exactOptional(),
  maxBytes: z.int().positive().exactOptional(),
});
const ProcessCall = z.strictObject({
  command: z.string(),
  args: z.array(z.string()).max(1000).exactOptional(),
  timeoutMs: z.number().positive().exactOptional(),
  stdin: z.string().exactOptional(),
});

/** The doors of a context for somebody who can only send JSON: every argument is checked, every result is data. */
export function openDoors(context: Context, streamOf: OpenStream): Doors {
  const maxBytes = Math.min(context.spec.limits.max_bytes ?? MAX_READ_BYTES, MAX_READ_BYTES);
  const cursors = new Map<number, AsyncIterator<Buffer | DirEntry>>();
  let opened = 0;

  const openCursor = (items: AsyncIterable<Buffer | DirEntry>): Answer => {
    if (cursors.size >= MAX_CURSORS)
      throw new RuntimeError(
        "LIMIT_EXCEEDED",
        `More than ${MAX_CURSORS} files or directories are read at once.`,
      );
    cursors.set(++opened, items[Symbol.asyncIterator]());
    return { value: opened };
  };
  const closeCursor = async (id: number): Promise<void> => {
    const cursor = cursors.get(id);
    cursors.delete(id);
    await cursor?.return?.();
  };

  const doors: Readonly<Record<string, (args: readonly unknown[]) => Promise<Answer>>> = {
    "fs.read": door(
      [Path, z.strictObject({ maxBytes: z.int().positive().exactOptional() })],
      async (path, options) => ({
        bytes: await context.fs.read(path, { maxBytes: Math.min(options.maxBytes ?? maxBytes, maxBytes) }),
      }),
    ),
    "fs.stat": door([Path], async (path) => ({ value: await context.fs.stat(path) })),
    "fs.list": door([Path], async (path) => ({ value: await context.fs.list(path) })),
    "fs.readChunks": door([Path], async (path) => openCursor(context.fs.readChunks(path))),
    "fs.walk": door([Path], async (path) => openCursor(context.fs.walk(path))),
    "cursor.next": door([z.int()], async (id) => {
      const cursor = cursors.get(id);
      if (cursor === undefined) return { value: [] };
      const batch = await takeBatch(cursor);
      if (batch.isLast) cursors.delete(id);
      return batch.answer;
    }),
    "cursor.close": door([z.int()], async (id) => ({ value: await closeCursor(id) })),
    "fs.write": door([Path, Stream, Write], async (path, stream, options) => ({
      value: await context.fs.write(path, streamOf(stream), options),
    })),
    "fs.writeMany": door(
      [
        z.array(z.strictObject({ path: Path, stream: Stream, mode: z.int().exactOptional() })).max(10_000),
        Write,
      ],
      async (files, options) => ({
        value: await context.fs.writeMany(
          files.map(({ stream, ...file }) => ({ ...file, data: streamOf(stream) })),
          options,
        ),
      }),
    ),
    "fs.makeDir": door(
      [Path, z.strictObject({ parents: z.boolean().exactOptional(), existOk: z.boolean().exactOptional() })],
      async (path, options) => ({ value: await context.fs.makeDir(path, options) }),
    ),
    "fs.remove": door(
      [Path, z.strictObject({ recursive: z.boolean().exactOptional() })],
      async (path, options) => ({ value: await context.fs.remove(path, options) }),
    ),
    "fs.move": door([Path, Path, Overwrite], async (source, destination, options) => ({
      value: await context.fs.move(source, destination, options),
    })),
    "fs.copy": door([Path, Path, Overwrite], async (source, destination, options) => ({
      value: await context.fs.copy(source, destination, options),
    })),
    "net.request": door([Request, Stream.nullable()], async (request, stream) => {
      // Before its body is asked for: a handler may have answered by then, and what it tried counts all the same.
      const method = request.method.toUpperCase();
      if (READS.includes(method) || WRITES.includes(method)) checkDeclared(context.spec, method);
      const body = stream === null ? {} : { body: await collect(streamOf(stream)) };
      const limit = Math.min(request.maxBytes ?? MAX_BODY_BYTES, MAX_BODY_BYTES);
      return answerOf(await context.net.request({ ...request, ...body, maxBytes: limit }));
    }),
    "process.run": door([ProcessCall], async (call) => ({ value: await context.process.run(call) })),
  };

  return {
    async call(name, args) {
      if (!Object.hasOwn(doors, name))
        throw new RuntimeError("INPUT_INVALID", `The context has no ${JSON.stringify(name)}.`);
      const call = doors[name];
      return (await call?.(args)) ?? {};
    },
    async close() {
      await Promise.allSettled([...cursors.keys()].map(closeCursor));
    },
  };
}

type Arguments<Types extends readonly z.ZodType[]> = { [Key in keyof Types]: z.output<Types[Key]> };

function door<const Types extends readonly [z.ZodType, ...z.ZodType[]]>(
  types: Types,
  go: (...args: Arguments<Types>) => Promise<Answer>,
): (args: readonly unknown[]) => Promise<Answer> {
  const tuple = z.tuple(types);
  return async (args) => {
    const parsed = tuple.safeParse(args);
    if (parsed.success) return go(...(parsed.data as Arguments<Types>));
    const [issue] = parsed.error.issues;
    const [position, ...rest] = issue?.path ?? [];
    throw new RuntimeError(
      "INPUT_INVALID",
      `Argument ${Number(position ?? 0) + 1}${rest.length > 0 ? ` (${rest.join(".")})` : ""}: ${issue?.message}`,
    );
  };
}

/** One chunk of a file, or as many entries as are there without waiting for long. */
async function takeBatch(
  cursor: AsyncIterator<Buffer | DirEntry>,
): Promise<{ readonly answer: Answer; readonly isLast: boolean }> {
  const entries: DirEntry[] = [];
  for (;;) {
    const { done = false, value } = await cursor.next();
    if (done) return { answer: { value: entries }, isLast: true };
    if (Buffer.isBuffer(value)) return { answer: { bytes: value }, isLast: false };
    entries.push(value as DirEntry);
    if (entries.length >= MAX_BATCH) return { answer: { value: entries }, isLast: false };
  }
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of stream) {
    size += piece.length;
    if (size > MAX_BODY_BYTES)
      throw new RuntimeError("LIMIT_EXCEEDED", `The body is larger than ${MAX_BODY_BYTES} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function answerOf({ body, ...value }: NetResponse): Answer {
  return { value, bytes: body };
}
