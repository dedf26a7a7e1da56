import { RuntimeError } from "../contract/errors.ts";
import { beginAgain } from "./begin-again.ts";
import { askAboutInterrupted, askForStep } from "./ask.ts";
import { attemptStep, failStep } from "./attempt.ts";
import { compensate, compensateGlobally } from "./compensate.ts";
import { enterBlock, isBlock } from "./enter-block.ts";
import { evaluateCondition } from "./expression.ts";
import { theStep } from "./frames.ts";
import type { LiveRun } from "./live-run.ts";
import { isAttempt, mayEnter } from "./may-enter.ts";
import { mayStart } from "./pending.ts";
import { askBeforeRun, isHooked } from "./run-hooks.ts";
import type { Command, Stop, UndoItem } from "./state.ts";
import { takeEffectBack } from "./take-effect-back.ts";
import { variablesFor } from "./variables.ts";

/** Does what the run's state calls for, and answers with events. What it throws is a fault of the runtime. */
export async function perform(live: LiveRun, command: Command): Promise<void> {
  switch (command.kind) {
    case "start":
      await live.comeback?.promise;
      if (isHooked(live)) await (live.admission ??= askBeforeRun(live));
      return startStep(live, command.step);
    case "start-later":
      return startLater(live, command.step, Date.parse(command.at));
    case "ask":
      return askAboutInterrupted(live, theStep(live.state, command.step));
    case "abort":
      return abortSteps(live, command.steps);
    case "undo":
      return undoItem(live, command.item);
    case "compensate-globally":
      return compensateGlobally(live, command.index);
    case "append":
      if (command.event.type === "run-restarted") return beginAgain(live, command.event);
      void live.emit({ ...command.event, run: live.run });
      return;
    default:
      return command satisfies never;
  }
}

async function startStep(live: LiveRun, key: string): Promise<void> {
  // A pause, a failure or the end of this process's work may have come between the command and its turn.
  if (live.signal.aborted || !mayStart(live.state, key)) return;
  const step = theStep(live.state, key);
  const variables = variablesFor(live.state, key);
  try {
    if (step.spec.when !== undefined && !(await evaluateCondition(step.spec.when, variables))) {
      void live.emit({
        type: "step-skipped",
        run: live.run,
        step: key,
        data: { reason: `when: ${step.spec.when}` },
      });
      return;
    }
    if (!isAttempt(step) && !(await mayEnter(live, step, variables))) return;
    if (isBlock(step)) return await enterBlock(live, step, variables);
    if (step.spec.step_type === "HUMAN_APPROVAL") return askForStep(live, step, variables);
  } catch (error) {
    return failStep(live, step, error, live.kernel.now());
  }
  return attemptStep(live, step, variables);
}

function startLater(live: LiveRun, key: string, atMs: number): void {
  const timer = setTimeout(
    () => {
      live.timers.delete(timer);
      live.during(perform(live, { kind: "start", step: key }));
    },
    Math.max(0, atMs - live.kernel.now()),
  );
  live.timers.add(timer);
}

function abortSteps(live: LiveRun, keys: readonly string[]): void {
  const { stopping, frozenBy, pauseReason } = live.state;
  const reason =
    frozenBy === null
      ? new RuntimeError("CANCELLED", `The step was stopped: ${whyStopped(stopping)}.`)
      : new RuntimeError("PANIC", `The step was cut off: ${pauseReason}.`);
  for (const key of keys) live.controllers.get(key)?.abort(reason);
}

function whyStopped(stopping: Stop | null): string {
  if (stopping?.why === "cancel") return stopping.reason;
  return stopping?.failure.code === "RUN_TIMED_OUT" ? "the run took too long" : "another step failed";
}

async function undoItem(live: LiveRun, item: UndoItem): Promise<void> {
  if (item.kind === "compensation") return compensate(live, theStep(live.state, item.step));
  try {
    await takeEffectBack(live, item, { mode: "strict", role: "undo" });
  } catch {
    // It is in the ledger as undo-refused, and the rollback goes on with the rest.
  }
}
