import { randomUUID } from "node:crypto";

import {
  type CallToolResult,
  inputRequired,
  type InputRequests,
  type InputRequiredResult,
} from "@modelcontextprotocol/server";

import { RuntimeError } from "../contract/errors.ts";
import type { RunView } from "../workflow/view.ts";
import { questionsFor, takeAnswers } from "./ask-client.ts";
import { beginRun, type Beginning, type Begun, CALLED_OFF } from "./begin-run.ts";
import { type Abilities, askable } from "./client-abilities.ts";
import { describeFailure } from "./describe-failure.ts";
import type { Desk } from "./desk.ts";
import { followRun, type Told } from "./follow-run.ts";
import { digestOfCall, type HeldCall } from "./held-call.ts";
import { ANSWERS, STATE, takesAnswers } from "./native-output.ts";
import { nativesOf, presentRun } from "./present-run.ts";
import { failed } from "./result.ts";
import { nextGrowth, requireOwn, whenQuiet } from "./run-state.ts";
import { type CreatedTask, createdTask } from "./task.ts";

/** One round of a call. */
export type ToolCall = Beginning & {
  readonly abilities: Abilities;
  /** Its rounds are all within one request of the client, as before 2026-07-28. */
  readonly isOneRequest: boolean;
  /** Aborted when the client goes away, or calls the call off. */
  readonly signal: AbortSignal;
  /** Of an earlier round, with what the client answered then. */
  readonly held: HeldCall | undefined;
  readonly responses: Readonly<Record<string, unknown>>;
  /** Signs what the client is to keep until the next round. */
  readonly keep: (held: HeldCall) => Promise<string>;
  /** Told of the run's progress. */
  readonly told: Told;
};

export type Answer = CallToolResult | InputRequiredResult | CreatedTask;

// Whoever can come back for the result need not keep a request open longer than a quick call takes.
const TASK_AFTER_MS = 500;

/**
 * Runs what a tool stands for. A client that goes away, or calls it off, ends the run, and what it did is taken back.
 * What needs a person is asked through the client where that is allowed and possible; what was refused, failed or waits
 * for somebody else is a result with `isError`.
 */
export async function callTool(desk: Desk, call: ToolCall): Promise<Answer> {
  try {
    const begun = await enter(desk, call);
    const stop = (): void =>
      desk.calledOff.take(() => desk.station.panelFor(call.caller).cancel(begun.run, CALLED_OFF, true));
    call.signal.addEventListener("abort", stop, { once: true });
    const following = followRun(desk, begun.run, call.told);
    try {
      if (call.signal.aborted) stop();
      const view = await outcomeOf(desk, call, begun);
      await following.end();
      return view === undefined
        ? createdTask(desk, begun.run)
        : await answerWith(desk, call, view, begun.opened);
    } finally {
      await following.end();
      call.signal.removeEventListener("abort", stop);
    }
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return failed({ failure: describeFailure(desk, error) });
  }
}

type Entered = Begun & {
  /** Approvals that are answered elsewhere, as far as the client knows. */
  readonly opened: readonly string[];
};

/** Begins, or goes on where an earlier round left off. */
async function enter(desk: Desk, call: ToolCall): Promise<Entered> {
  const { held, caller, offer, inputs, responses } = call;
  if (held === undefined) {
    // What a client says unasked is an input like any other.
    const isSaid = Object.keys(responses).length > 0 && takesAnswers(offer);
    const first = isSaid ? { ...call, inputs: { ...inputs, [ANSWERS]: responses } } : call;
    return { ...(await beginRun(desk, first, call.signal)), opened: [] };
  }
  if (held.call !== digestOfCall(offer.name, inputs))
    throw new RuntimeError("DENIED", "What was held is of another call: its name or its arguments differ.");
  if (held.kind === "round") {
    const state = held.state === undefined ? {} : { [STATE]: held.state };
    const more = { ...inputs, [ANSWERS]: responses, ...state };
    const next = { ...call, inputs: more, key: `round ${held.id}` };
    return { ...(await beginRun(desk, next, call.signal)), opened: [] };
  }
  const { id } = requireOwn(desk, caller, held.run);
  const opened = await takeAnswers(desk, caller, id, responses);
  return { run: id, opened: [...held.opened, ...opened] };
}

/** The run once it is quiet; `undefined` where the client is to come back for it as a task. */
async function outcomeOf(
  desk: Desk,
  { abilities, signal }: ToolCall,
  { run, settled, opened }: Entered,
): Promise<RunView | undefined> {
  if (!abilities.tasks) {
    if (settled !== undefined) return await settled;
    return await whenAnswered(desk, run, opened, AbortSignal.any([signal, AbortSignal.timeout(desk.holdMs)]));
  }
  const view = await whenQuiet(desk, run, AbortSignal.timeout(TASK_AFTER_MS));
  return view?.status === "PAUSED" ? undefined : view;
}

/** Goes on waiting while all that is open is answered elsewhere; until `stop`, then the run is shown as it is. */
async function whenAnswered(
  desk: Desk,
  run: string,
  opened: readonly string[],
  stop: AbortSignal,
): Promise<RunView> {
  const { runtime } = desk.station;
  for (;;) {
    const view = (await whenQuiet(desk, run, NEVER)) ?? runtime.show(run);
    const open = view.status === "PAUSED" ? runtime.approvals(run) : [];
    if (open.length === 0 || stop.aborted || open.some(({ id }) => !opened.includes(id))) return view;
    await nextGrowth(desk.feed, stop);
  }
}

async function answerWith(
  desk: Desk,
  call: ToolCall,
  view: RunView,
  opened: readonly string[],
): Promise<Answer> {
  const { abilities, caller, offer, inputs, keep } = call;
  const digest = digestOfCall(offer.name, inputs);
  if (view.status === "COMPLETED") {
    const last = nativesOf(desk, view).at(-1);
    if (last?.asks === undefined) return presentRun(desk, view);
    const state = last.state === undefined ? {} : { state: last.state };
    const requestState = await keep({ call: digest, kind: "round", id: randomUUID(), ...state });
    const inputRequests = askable(last.asks, abilities) as InputRequests;
    return inputRequired({ inputRequests, requestState });
  }
  if (view.status !== "PAUSED") return presentRun(desk, view);
  const questions = questionsFor(desk, caller, view.run, abilities);
  const asked = Object.keys(questions);
  if (asked.length === 0) return presentRun(desk, view);
  const isAllOpened = asked.every((id) => opened.includes(id));
  // A request that is held open for all of its rounds would be called off before somebody else has answered.
  if (isAllOpened && call.isOneRequest) return presentRun(desk, view);
  const requestState = await keep({
    call: digest,
    kind: "run",
    run: view.run,
    opened: isAllOpened ? opened : [],
  });
  // Nobody is asked twice to open a page: the client only has to come back.
  return inputRequired(isAllOpened ? { requestState } : { inputRequests: questions, requestState });
}

const NEVER = new AbortController().signal;
