import type { ApprovalRules, Question } from "../contract/approval.ts";
import type { Risk } from "../contract/capability.ts";
import type { Decide, Decision, DecisionRequest, Observe } from "../contract/decide.ts";
import type { EventOf } from "../contract/entry.ts";
import { fromSystem, RuntimeError, toFailure } from "../contract/errors.ts";
import type { Context, Handler } from "../contract/handler.ts";
import type { Change } from "../contract/image.ts";
import { isObject } from "../contract/json.ts";
import type { Alarm } from "../contract/panic.ts";
import type { Principal } from "../contract/principal.ts";
import type { Reach } from "../contract/reach.ts";
import type { CallWatch, RunWatch } from "../contract/watch.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { ReadMarks } from "../workspace/read-marks.ts";
import type { Directory } from "../workspace/walk.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { type OpenNet, openContext, type OpenProcesses } from "./context.ts";
import { decideCall, receiptOf } from "./decide-call.ts";
import type { Emit } from "./emit.ts";
import { type Clearance, CLEARED, handshake } from "./handshake.ts";
import { orAborted } from "./or-aborted.ts";
import type { Registry } from "./registry.ts";
import { requireCalm } from "./require-calm.ts";
import { undoEffect } from "./undo.ts";
import { parseInputs, parseOutputs, sensitivePointers } from "./validate.ts";

/** What every call of one workspace shares. */
export type Kernel = {
  readonly ledger: Ledger;
  readonly workspace: Workspace;
  readonly registry: Registry;
  readonly reach: Reach;
  readonly alarm: Alarm;
  readonly decide: Decide;
  readonly observe: Observe;
  readonly approvals: ApprovalRules;
  readonly now: () => number;
  /** What this installation is for, as facades name it: `dev` unless AI_FIRST_ENVIRONMENT says otherwise. */
  readonly environment: string;
  readonly openNet: OpenNet;
  readonly openProcesses: OpenProcesses;
};

export type Call = {
  readonly run: string;
  readonly step: string;
  readonly role: EventOf<"step-intended">["data"]["role"];
  readonly attempt: number;
  /** `id` or `id@range`. */
  readonly capability: string;
  /** Of the step; the contract's counts where it is higher. */
  readonly risk: Risk;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly principal: Principal;
  /** Through which the run was asked for, as `name@version`. */
  readonly facade?: string | undefined;
  /** ISO 8601 UTC. */
  readonly runStartedAt: string;
  readonly idempotencyKey: string;
  /** What the workflow's own policy says about this step. */
  readonly restriction: Decision;
  /**
   * Granted and not yet used; it counts only for the very call it was granted for. `declared`: a compensation, which
   * was allowed together with the run that declares it.
   */
  readonly approval: { readonly id: string; readonly binds: string } | "declared" | null;
  readonly directory: Directory;
  readonly prefix: readonly string[];
  /** Of the whole run. */
  readonly reads: ReadMarks;
  /** Whether a later step may write what this one reads. */
  readonly recordsReads: boolean;
  /** Sees the outputs before they are recorded, and says by which rules they stand; what it throws is the call's failure. */
  readonly inspect: ((outputs: Readonly<Record<string, unknown>>) => Promise<readonly string[]>) | null;
  /** Aborted with a `RuntimeError` as its reason, which then becomes the call's failure. */
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Who sees it go through the stages; null for nobody. */
  readonly watch: RunWatch | null;
};

export type Outcome =
  | { readonly kind: "completed"; readonly outputs: Readonly<Record<string, unknown>> }
  | { readonly kind: "needs-approval"; readonly question: Question };

/**
 * Runs one call through the seven stages. No effect starts before its intent is durable; an attempt that fails
 * leaves no effect behind that could be taken back. A pack whose own code tries an effect that its contract does not
 * declare is suspended.
 *
 * @throws what the handler threw, or the error of the stage that refused it
 */
export async function invoke(kernel: Kernel, call: Call): Promise<Outcome> {
  if (call.watch === null) return throughStages(kernel, call, UNWATCHED);
  const watch = call.watch.call(call);
  try {
    const outcome = await throughStages(kernel, call, watch);
    watch.end(outcome.kind);
    return outcome;
  } catch (error) {
    watch.fail(toFailure(error).code);
    throw error;
  }
}

const UNWATCHED: Pick<CallWatch, "enter" | "tell" | "within"> = {
  enter() {},
  tell() {},
  within: (work) => work(),
};

async function throughStages(
  kernel: Kernel,
  call: Call,
  { enter, tell, within }: typeof UNWATCHED,
): Promise<Outcome> {
  enter("resolve");
  const loaded = kernel.registry.capability(call.capability);
  const { spec, specHash, handlerHash, handler, pack: origin } = loaded;
  const found = { capability: spec.id, version: spec.version, specHash, handlerHash };
  const { role, principal, facade, runStartedAt } = call;
  const reach = () => kernel.reach.capability({ found, role, principal, facade, runStartedAt });
  const admit = (): Promise<string> => {
    requireCalm(kernel.alarm, call);
    return reach();
  };
  const pack = await reach();
  tell({ version: spec.version, pack, risk: spec.risk.level, undo: spec.undo.kind });
  enter("validate");
  const asked = parseInputs(spec, call.inputs);
  enter("decide");
  const { decision, inputs, request } = await decideCall(kernel, call, spec, specHash, asked);
  tell({ decision: decision.outcome, rules: decision.rules });
  enter("handshake");
  const asks = decision.outcome === "step_up" || decision.outcome === "defer";
  const clearance = asks ? await handshake(kernel, call, { loaded, request, decision, pack }) : CLEARED;
  if (clearance.kind === "needs-approval") return clearance;
  enter("intend");
  const run = await handler();
  requireCalm(kernel.alarm, call);
  const startedAt = kernel.now();
  const intent = call.emit(intentOf(kernel, call, pack, request, decision, clearance), {
    sensitive: sensitivePointers(spec.inputs, "/inputs"),
  });
  // What the runtime can restore waits at each effect; what it cannot must not even start before the intent lies, nor
  // may what uses up an approval, which another process may have revoked.
  if (
    clearance.approval !== undefined ||
    spec.undo.kind === "compensable" ||
    spec.undo.kind === "irreversible"
  )
    await intent.then(admit);
  else intent.catch(() => {});
  enter("act");
  const acting = within(() => act(kernel, call, request, run, inputs, admit));
  const { outputs, rules } = await acting.catch(async (error: unknown) => {
    if (origin !== undefined && error instanceof RuntimeError) {
      if (error.code === "EFFECT_UNDECLARED")
        await kernel.reach.suspend(found, principal, "undeclared-effect", error.message);
      // What a contract names as its other side is another one now, and was not called.
      if (error.code === "DRIFTED" && spec.foreign !== undefined)
        await kernel.reach.suspend(found, principal, "drift", error.message);
    }
    throw error;
  });
  enter("record");
  const reads = call.recordsReads ? call.reads.takeUnrecorded() : [];
  const completed = call.emit(
    {
      type: "step-completed",
      run: call.run,
      step: call.step,
      data: {
        attempt: call.attempt,
        durationMs: kernel.now() - startedAt,
        outputs,
        ...(reads.length > 0 ? { reads: [...reads] } : {}),
        ...(rules.length > 0 ? { rules: [...rules] } : {}),
      },
    },
    { sensitive: sensitivePointers(spec.outputs, "/outputs") },
  );
  completed.catch(() => {});
  return { kind: "completed", outputs };
}

function intentOf(
  kernel: Kernel,
  call: Call,
  pack: string,
  request: DecisionRequest,
  decision: Decision,
  { approval, coveredBy }: Clearance,
): EventOf<"step-intended"> {
  const { capability: spec, inputs } = request;
  return {
    type: "step-intended",
    run: call.run,
    step: call.step,
    // In the order that canonical JSON has: what is in order is written at once.
    data: {
      ...(approval === undefined ? {} : { approval }),
      attempt: call.attempt,
      capability: spec.id,
      ...(coveredBy === undefined ? {} : { coveredBy }),
      idempotencyKey: call.idempotencyKey,
      idempotent: spec.idempotent,
      inputs,
      pack,
      ...receiptOf(kernel, request, decision),
      role: call.role,
      rules: [...decision.rules],
      spec: kernel.ledger.record(call.principal, "capability", spec),
      undo: spec.undo.kind,
      version: spec.version,
    },
  };
}

async function act(
  kernel: Kernel,
  call: Call,
  request: DecisionRequest,
  handler: Handler,
  inputs: Record<string, unknown>,
  admit: () => Promise<string>,
): Promise<{ readonly outputs: Record<string, unknown>; readonly rules: readonly string[] }> {
  const { capability: spec } = request;
  const effects: { seq: number; changes: readonly Change[] }[] = [];
  const { context, settle, pathsRead, undeclared } = openContext({
    spec,
    workspace: kernel.workspace,
    run: call.run,
    directory: call.directory,
    prefix: call.prefix,
    reads: call.reads,
    signal: call.signal,
    idempotencyKey: call.idempotencyKey,
    now: kernel.now,
    lastSeq: () => kernel.ledger.lastSeq(),
    intend: async (data) => {
      const entry = await call.emit({ type: "effect-intended", run: call.run, step: call.step, data });
      const effect = { seq: entry.seq, changes: data.changes };
      if (data.changes.length > 0) effects.push(effect);
      const withdraw = async (): Promise<void> => {
        effects.splice(effects.indexOf(effect), 1);
        await call.emit({
          type: "undo-completed",
          run: call.run,
          step: call.step,
          data: { of: entry.seq, kept: [] },
        });
      };
      try {
        // Who raised a panic or closed the pack or the facade meanwhile was told that nothing of it starts any more.
        await admit();
      } catch (error) {
        if (data.changes.length > 0) await withdraw();
        throw error;
      }
      return withdraw;
    },
    openNet: kernel.openNet,
    openProcesses: kernel.openProcesses,
  });
  const observe = () => kernel.observe(request, pathsRead());
  try {
    const outputs = await untilAborted(handler, context, inputs);
    await settle();
    observe();
    throwIfAny(undeclared());
    const parsed = parseOutputs(spec, isObject(outputs) ? outputs : { value: outputs });
    return { outputs: parsed, rules: (await call.inspect?.(parsed)) ?? [] };
  } catch (error) {
    await settle();
    observe();
    await takeBack(kernel, call, effects);
    throwIfAny(undeclared());
    throw error instanceof RuntimeError ? error : fromSystem(error);
  }
}

/** A handler that caught the refusal of an undeclared effect, and went on, has tried it all the same. */
function throwIfAny(undeclared: RuntimeError | undefined): void {
  if (undeclared !== undefined) throw undeclared;
}

/** A handler that does not listen to its signal is left behind; every door of its context is closed to it. */
async function untilAborted(
  handler: Handler,
  context: Context,
  inputs: Record<string, unknown>,
): Promise<unknown> {
  const { signal } = context;
  signal.throwIfAborted();
  return orAborted(handler(context, inputs), signal);
}

/** Undoes what a failed attempt had done. */
async function takeBack(
  kernel: Kernel,
  call: Call,
  effects: readonly { seq: number; changes: readonly Change[] }[],
): Promise<void> {
  for (const { seq: of, changes } of effects.toReversed()) {
    try {
      await undoEffect(kernel.ledger, kernel.workspace, call.emit, { of, mode: "strict", unfinished: true });
    } catch {
      // Recorded as undo-refused; the rollback reports it. The handler's own error is the one to throw.
    }
    call.reads.forget(changes);
  }
}
