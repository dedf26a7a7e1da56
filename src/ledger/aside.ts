import { existsSync } from "node:fs";
import { join } from "node:path";
import { parentPort, Worker, workerData } from "node:worker_threads";

import { type ErrorCode, RuntimeError } from "../contract/errors.ts";

/** What is started in a thread of its own: the name of its file, and the directory of its source. */
export type AsideProgram = { readonly name: string; readonly directory: string };

type Outcome<Result> =
  | { readonly result: Result }
  | { readonly failed: { readonly code: ErrorCode; readonly message: string } };

const MOST_TASKS = 16;
/** By the name of their program, and their key; each waits for the one before it. */
const tasks = new Map<string, Map<string, Promise<unknown>>>();

/**
 * Has a program do a task in a thread of its own, so that this one goes on answering. Whoever asks under the same key
 * while it is under way gets the same result; other tasks of the program wait. They cost no more than one.
 *
 * @throws TOO_MANY where too many other tasks of the program wait; LEDGER_UNAVAILABLE where the thread ends
 * without an answer; what the program throws
 */
export async function workAside<Result>(program: AsideProgram, key: string, task: unknown): Promise<Result> {
  const own = tasks.get(program.name) ?? new Map<string, Promise<unknown>>();
  tasks.set(program.name, own);
  const present = own.get(key) as Promise<Result> | undefined;
  if (present !== undefined) return await present;
  if (own.size >= MOST_TASKS)
    throw new RuntimeError("TOO_MANY", `${own.size} other questions to the ledger wait for their answer.`);
  const before = [...own.values()].at(-1) ?? Promise.resolve();
  const work = before
    .catch(() => {})
    .then(() => inThread<Result>(fileOf(program), task))
    .finally(() => own.delete(key));
  own.set(key, work);
  return await work;
}

/** The whole of such a program: does the task that it was started with, and answers. */
export function answerTask(work: (task: never) => unknown): void {
  parentPort?.postMessage(
    outcomeOf(() => work(workerData as never)),
    [],
  );
}

function outcomeOf<Result>(work: () => Result): Outcome<Result> {
  try {
    return { result: work() };
  } catch (error) {
    if (error instanceof RuntimeError) return { failed: { code: error.code, message: error.message } };
    throw error;
  }
}

async function inThread<Result>(file: string, task: unknown): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome<Result>>();
  const worker = new Worker(file, { workerData: task });
  worker.once("message", resolve);
  worker.once("error", reject);
  worker.once("exit", (code) =>
    reject(new RuntimeError("LEDGER_UNAVAILABLE", `Reading the ledger ended with exit code ${code}.`)),
  );
  try {
    const outcome = await promise;
    if ("result" in outcome) return outcome.result;
    throw new RuntimeError(outcome.failed.code, outcome.failed.message);
  } finally {
    await worker.terminate();
  }
}

function fileOf({ name, directory }: AsideProgram): string {
  // Beside the sources, and beside a build or its chunks.
  const places = [`${name}.ts`, `${name}.cjs`, `../${name}.cjs`];
  const found = places.map((each) => join(directory, each)).find((each) => existsSync(each));
  if (found !== undefined) return found;
  throw new RuntimeError("ASSETS_INCOMPLETE", `The program ${name} is missing; install the package again.`);
}
