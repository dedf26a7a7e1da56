import { CATEGORIES, type Failure, RuntimeError, toFailure } from "../contract/errors.ts";
import type { Correlation } from "../contract/correlation.ts";
import type { RecordError } from "../contract/execution-record.ts";
import type { Runtime } from "../workflow/runtime.ts";
import { type BridgeCall, namesIn, principalOf, withMetadata } from "./call.ts";
import { type Frame, frameOf } from "./frame.ts";
import { exitCodeOf, failureOf } from "./record-error.ts";
import { loadRecordSchema } from "./record-schema.ts";

/** A kind of record: what it is when nothing could be done, and who else may say what it must look like. */
export type RecordKind<Record> = {
  /** Environment variable with the path of a schema. */
  readonly schemaVariable: string;
  readonly refused: (frame: Frame, text: BridgeCall["text"], failure: Failure, run: string | null) => Record;
};

/** What a command of the bridge works with. */
export type Work = {
  readonly call: BridgeCall;
  readonly correlation: Correlation;
  readonly frame: (correlation?: Correlation) => Frame;
  /** Opens the workspace; closed when the work is done. */
  readonly runtime: () => Promise<Runtime>;
  /** From now on a signal asks this of the run, which may end or wait because of it. */
  readonly onStop: (run: string, stop: () => Promise<unknown>) => void;
};

const GRACE_MS = 2000;

/**
 * Does the work of one command line, and writes exactly one record, whatever happens. A signal stops the run in
 * order; where that takes too long, or a second signal comes, the run is left to recovery.
 */
export async function respond<Record extends { readonly error: RecordError | null }>(
  call: BridgeCall,
  kind: RecordKind<Record>,
  work: (work: Work) => Promise<Record>,
): Promise<number> {
  const { io } = call;
  const startTime = new Date().toISOString();
  // Not every command takes all that a record can name.
  const said: BridgeCall["text"] = (option) => (call.declares(option) ? call.text(option) : undefined);
  let correlation = namesIn(said);
  let stopping: { readonly run: string; readonly stop: () => Promise<unknown> } | undefined;
  let exitCode: number | undefined;
  const frame = (more: Correlation = {}) => frameOf({ ...more, ...correlation }, io.env, startTime);
  const print = (record: Record): number => {
    if (exitCode !== undefined) return exitCode;
    exitCode = exitCodeOf(record);
    io.stdout.write(`${JSON.stringify(record)}\n`);
    return exitCode;
  };
  const refuse = (failure: Failure): number =>
    print(kind.refused(frame(), said, failure, stopping?.run ?? null));
  const giveUp = (error: RuntimeError): void => io.abandon(refuse(toFailure(error)));

  let grace: NodeJS.Timeout | undefined;
  const ignoreInterrupts = io.onInterrupt(() => {
    if (exitCode !== undefined) return;
    if (stopping === undefined || grace !== undefined) return giveUp(interrupted(stopping?.run));
    const { run, stop } = stopping;
    grace = setTimeout(() => giveUp(interrupted(run)), GRACE_MS);
    stop().catch((error: unknown) => say(call, `The run ${run} could not be stopped`, error));
  });
  const ignoreFaults = io.onFault((error) => {
    say(call, "A fault of the runtime", error);
    refuse(failureOf(error));
    io.abandon(CATEGORIES.INTERNAL_ERROR.exit);
  });
  let runtime: Runtime | undefined;
  try {
    const check = loadRecordSchema(call, kind.schemaVariable);
    correlation = withMetadata(call, correlation);
    const open = async () => (runtime = await call.open({ principal: principalOf(call, correlation) }));
    const onStop: Work["onStop"] = (run, stop) => (stopping = { run, stop });
    const record = await work({ call, correlation, frame, runtime: open, onStop });
    const failure = check?.(record);
    return failure === undefined ? print(record) : refuse(failure);
  } catch (error) {
    return refuse(failureOf(error));
  } finally {
    clearTimeout(grace);
    ignoreInterrupts();
    await runtime?.close().catch((error: unknown) => say(call, "Closing the workspace failed", error));
    ignoreFaults();
  }
}

function interrupted(run: string | undefined): RuntimeError {
  const message =
    run === undefined
      ? "The process was asked to stop before anything had run."
      : `The process was asked to stop; \`airun recover\` or the next command finishes the run ${run}.`;
  return new RuntimeError("CANCELLED", message);
}

export function say({ io }: Pick<BridgeCall, "io">, what: string, error: unknown): void {
  const { code, message, hint } = failureOf(error);
  io.stderr.write(`${what}: ${code}: ${message} (${hint})\n`);
}
