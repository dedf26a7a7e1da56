import { z } from "zod";

import { RuntimeError } from "../../src/contract/errors.ts";
import type { HookRequest } from "../../src/contract/hooks.ts";
import { defineCapability } from "../../src/index.ts";
import { flow, MISSING, write } from "./run-bridge.ts";

export const PATHS = ["action", "parallel", "retry", "sub-workflow", "compensation", "undo"] as const;
export type PathName = (typeof PATHS)[number];

/** One way through the engine: a workflow, and the question on that way that the test is about. */
export type HookPath = {
  readonly spec: object;
  readonly step: string;
  readonly role: "step" | "compensation" | "undo";
  readonly attempt: number;
  /** Of the workspace; what the step of this path makes. */
  readonly file: string;
  readonly ends: "COMPLETED" | "ROLLED_BACK";
};

/** Counts what the capabilities of one test did. */
export type Done = { tries: number; booked: number; unbooked: number };

export function pathOf(name: PathName): HookPath {
  const forward = { role: "step", attempt: 1, file: "a.txt", ends: "COMPLETED" } as const;
  switch (name) {
    case "action":
      return { ...forward, spec: flow([write("a", "a.txt")]), step: "a" };
    case "parallel": {
      const both = { name: "both", step_type: "PARALLEL", steps: [write("a", "a.txt"), write("b", "b.txt")] };
      return { ...forward, spec: flow([both]), step: "both/a" };
    }
    case "retry": {
      const retry = { max_attempts: 3, initial_delay_ms: 0, max_delay_ms: 1 };
      return {
        ...forward,
        spec: flow([{ name: "a", capability_name: "test.flaky", inputs: { path: "a.txt" }, retry }]),
        step: "a",
        attempt: 2,
      };
    }
    case "sub-workflow": {
      const sub = {
        name: "sub",
        step_type: "WORKFLOW",
        workflow: "load_test_quick",
        inputs: { run_id: "r" },
      };
      return { ...forward, spec: flow([sub]), step: "sub/write_file", file: "out.txt" };
    }
    case "compensation": {
      const compensation = { capability_name: "test.unbook" };
      const book = { name: "a", capability_name: "test.book", compensation };
      const spec = flow([book, { ...MISSING, depends_on: ["a"] }]);
      return { spec, step: "a", role: "compensation", attempt: 1, file: "", ends: "ROLLED_BACK" };
    }
    case "undo": {
      const spec = flow([write("a", "a.txt"), { ...MISSING, depends_on: ["a"] }]);
      return { spec, step: "a", role: "undo", attempt: 1, file: "a.txt", ends: "ROLLED_BACK" };
    }
    default:
      return name satisfies never;
  }
}

/** Whether a question is the one that the path is about. */
export function isOnPath(request: HookRequest, { step, role, attempt }: HookPath): boolean {
  if (!("step" in request)) return true;
  const asked = request.step;
  return asked.step_id === step && asked.role === role && asked.attempt === attempt;
}

export function capabilitiesFor(done: Done) {
  const common = {
    version: "1.0.0",
    output: z.strictObject({}),
    risk: { level: "HIGH", justification: "a test" },
  } as const;
  return [
    defineCapability({
      ...common,
      id: "test.flaky",
      description: "Fails once, then writes a file.",
      input: z.strictObject({ path: z.string() }),
      sideEffects: ["filesystem_write"],
      undo: { kind: "reversible" },
      run: async (ctx, { path }) => {
        done.tries++;
        await ctx.fs.write(path, "x");
        if (done.tries === 1) throw new RuntimeError("SERVICE_FAILED", "not yet");
        return {};
      },
    }),
    ...(["book", "unbook"] as const).map((verb) =>
      defineCapability({
        ...common,
        id: `test.${verb}`,
        description: `Would ${verb} something elsewhere.`,
        input: z.strictObject({}),
        sideEffects: ["state_mutation"],
        undo: { kind: "compensable" },
        run: () => {
          done[verb === "book" ? "booked" : "unbooked"]++;
          return Promise.resolve({});
        },
      }),
    ),
  ];
}
