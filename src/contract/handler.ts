import type { CapabilitySpec } from "./capability.ts";

/**
 * The code of a capability. It fails by throwing (a `RuntimeError` where one fits); what it returns must match the
 * contract's `outputs`. It touches the world through `ctx` alone.
 */
export type Handler<Input = Record<string, unknown>> = (
  ctx: Context,
  input: Input,
) => Promise<Record<string, unknown>>;

/** The code of a pack's own capability: exactly the bytes that its digest was taken of. */
export type HandlerCode = { readonly name: string; readonly bytes: Uint8Array };

/** Makes a handler of code that somebody else wrote. @throws SANDBOX_UNAVAILABLE */
export type RunCode = (code: HandlerCode) => Promise<Handler>;

export type Context = {
  readonly fs: FileSystem;
  readonly net: Net;
  readonly process: Processes;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Aborted on cancellation and on timeout; pass it on, or check it in long loops. */
  readonly signal: AbortSignal;
  /** The same for every attempt of one step, also after a crash. */
  readonly idempotencyKey: string;
  readonly spec: CapabilitySpec;
};

export type FileKind = "file" | "dir" | "link" | "other";

export type FileStat = {
  readonly kind: FileKind;
  readonly size: number;
  readonly mode: number;
  readonly mtimeMs: number;
};

export type DirEntry = {
  readonly name: string;
  /** Relative to the run's directory. */
  readonly path: string;
  readonly kind: FileKind;
  readonly size: number;
};

export type FileToWrite = {
  readonly path: string;
  readonly data: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Permission bits of a new file; an overwritten one keeps its own. Without: 0o644. */
  readonly mode?: number;
};

/**
 * Files of the workspace. Every path is relative to the run's directory and is confined to it. Each change is
 * intended in the ledger before it is made, made atomically, and can be undone.
 *
 * @throws PATH_REFUSED, FILE_NOT_FOUND, ALREADY_EXISTS, OS_PERMISSION, DISK_FULL, LIMIT_EXCEEDED, LEASE_CONFLICT,
 * EFFECT_UNDECLARED
 */
export type FileSystem = {
  /** The whole content. Over `maxBytes` (default: the contract's limit or 64 MiB) it throws LIMIT_EXCEEDED. */
  read(path: string, options?: { maxBytes?: number }): Promise<Buffer>;
  readChunks(path: string): AsyncIterable<Buffer>;
  /** Links are not followed; `undefined` where nothing lies. */
  stat(path: string): Promise<FileStat | undefined>;
  /** Entries of one directory, sorted by name. */
  list(path: string): Promise<DirEntry[]>;
  /** Everything below a directory, depth first, sorted; links are listed and not followed. */
  walk(path: string): AsyncIterable<DirEntry>;

  write(
    path: string,
    data: FileToWrite["data"],
    options?: WriteOptions,
  ): Promise<{ size: number; hash: string }>;
  /** Several files as one effect: intended once, undone as one. */
  writeMany(files: readonly FileToWrite[], options?: WriteOptions): Promise<{ size: number; hash: string }[]>;
  /** Whether it made one; `false` where the directory was there (ALREADY_EXISTS unless `existOk`). */
  makeDir(path: string, options?: { parents?: boolean; existOk?: boolean }): Promise<boolean>;
  /** A file, a link, or a directory (not an empty one only with `recursive`). */
  remove(path: string, options?: { recursive?: boolean }): Promise<void>;
  move(source: string, destination: string, options?: { overwrite?: boolean }): Promise<void>;
  copy(source: string, destination: string, options?: { overwrite?: boolean }): Promise<void>;
};

export type WriteOptions = {
  /** Default `true`; with `false` an existing file throws ALREADY_EXISTS. */
  readonly overwrite?: boolean;
  /** Make missing parent directories. Default `false`. */
  readonly createDirs?: boolean;
};

export type NetRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly followRedirects?: boolean;
  /** Limit of the decoded body; LIMIT_EXCEEDED beyond. Default 20 MiB. */
  readonly maxBytes?: number;
};

export type NetResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The address after redirects. */
  readonly url: string;
};

/** Guarded egress. @throws EGRESS_REFUSED, NETWORK_FAILED, TIMED_OUT, LIMIT_EXCEEDED, EFFECT_UNDECLARED */
export type Net = { request(request: NetRequest): Promise<NetResponse> };

export type ProcessCall = {
  readonly command: string;
  readonly args?: readonly string[];
  readonly timeoutMs?: number;
  readonly stdin?: string;
};

export type ProcessResult = { readonly stdout: string; readonly stderr: string; readonly exitCode: number };

/** Programs of the contract's allow-list, without a shell. @throws PROCESS_REFUSED, TIMED_OUT, EFFECT_UNDECLARED */
export type Processes = { run(call: ProcessCall): Promise<ProcessResult> };
