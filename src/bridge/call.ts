import { resolve } from "node:path";
import { readFileSync, statSync } from "node:fs";

import { fromSystem, RuntimeError } from "../contract/errors.ts";
import type { Correlation } from "../contract/correlation.ts";
import { isObject } from "../contract/json.ts";
import type { Principal } from "../contract/principal.ts";
import { type Environment, localPrincipal } from "../kernel/home.ts";
import type { Runtime } from "../workflow/runtime.ts";

/** One command line of the bridge, and what it touches. */
export type BridgeCall = {
  readonly declares: (option: string) => boolean;
  /** What the command line says of an option that the command declares. */
  readonly text: (option: string) => string | undefined;
  readonly flag: (option: string) => boolean;
  readonly open: (options: { readonly principal: Principal }) => Promise<Runtime>;
  readonly io: {
    readonly env: Environment;
    readonly cwd: string;
    readonly stdout: { write(text: string): void };
    readonly stderr: { write(text: string): void };
    readonly onInterrupt: (callback: () => void) => () => void;
    readonly onFault: (callback: (error: unknown) => void) => () => void;
    readonly abandon: (exitCode: number) => void;
  };
};

const MAX_JSON_BYTES = 16 * 1024 * 1024;

const NAMES = ["executionId", "traceId", "parentTraceId", "questId", "userId", "capabilityId"] as const;

/** The names by which the calling system knows what it asks for. */
export function namesIn(text: BridgeCall["text"]): Correlation {
  const given = NAMES.flatMap((name) => {
    const value = text(name);
    return value === undefined || value === "" ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

/** With the caller's metadata. @throws INPUT_INVALID, FILE_NOT_FOUND */
export function withMetadata(call: Pick<BridgeCall, "text" | "io">, names: Correlation): Correlation {
  const metadata = jsonOption(call, "metadataJson", "--metadata-json");
  return { ...names, ...(metadata === undefined ? {} : { metadata }) };
}

/** The user at this machine, in a session of the caller's trace. What the caller calls its user is only recorded. */
export function principalOf({ io }: Pick<BridgeCall, "io">, { traceId }: Correlation): Principal {
  const principal = localPrincipal("bridge", io.env);
  return traceId === undefined ? principal : { ...principal, session: `aegis_${traceId}` };
}

/** A JSON object that an option gives as text, or in a file as @FILE. @throws INPUT_INVALID, FILE_NOT_FOUND */
export function jsonOption(
  call: Pick<BridgeCall, "text" | "io">,
  option: string,
  flag: string,
): Readonly<Record<string, unknown>> | undefined {
  const given = call.text(option);
  return given === undefined ? undefined : parseObject(contentOf(given, flag, call.io.cwd), flag);
}

/** @throws INPUT_INVALID */
export function parseObject(text: string, what: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RuntimeError("INPUT_INVALID", `${what} is not JSON: ${why}`, { cause });
  }
  if (!isObject(value)) throw new RuntimeError("INPUT_INVALID", `${what} must be a JSON object.`);
  return value;
}

function contentOf(given: string, flag: string, cwd: string): string {
  return given.startsWith("@") ? readText(resolve(cwd, given.slice(1)), `${flag} ${given}`) : given;
}

/** @throws FILE_NOT_FOUND, OS_PERMISSION, LIMIT_EXCEEDED */
export function readText(path: string, what: string): string {
  try {
    const { size } = statSync(path);
    if (size > MAX_JSON_BYTES)
      throw new RuntimeError("LIMIT_EXCEEDED", `${what} has ${size} bytes; at most ${MAX_JSON_BYTES}.`);
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fromSystem(error, what);
  }
}
