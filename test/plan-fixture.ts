import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import type { WorkflowSpec } from "../src/contract/workflow.ts";
import { findAssets } from "../src/kernel/assets.ts";
import { defineCapability } from "../src/kernel/define-capability.ts";
import { createRegistry } from "../src/kernel/registry.ts";
import { createRuntime } from "../src/main.ts";
import { HANDLERS } from "../src/skills/handlers.ts";
import type { Plan, PlannedStep } from "../src/workflow/preview.ts";
import { previewRun } from "../src/workflow/preview-run.ts";
import type { Runtime, RuntimeOptions } from "../src/workflow/runtime.ts";
import { holdDirectory } from "../src/workspace/walk.ts";
import { flowOf } from "./flow.ts";
import { condition } from "./run-script.ts";
import { scratch } from "./scratch.ts";
import { homeIn, newHomeIn } from "./home.ts";

const LOW = { level: "LOW", justification: "test" } as const;

/** Reaches out of the workspace: a plan must not call it. */
const fetchPage = defineCapability({
  id: "test.net.fetch",
  version: "1.0.0",
  description: "Fetches a page.",
  input: z.object({ url: z.string(), token: z.string().optional() }),
  output: z.object({ body: z.string(), status: z.number() }),
  risk: LOW,
  sideEffects: ["network_read"],
  undo: { kind: "none" },
  hosts: ["*"],
  run: async () => {
    throw new Error("a plan called a handler that leaves the workspace");
  },
});

const sleep = defineCapability({
  id: "test.wait.forever",
  version: "1.0.0",
  description: "Never ends.",
  input: z.object({}),
  output: z.object({}),
  risk: LOW,
  sideEffects: ["filesystem_write"],
  undo: { kind: "reversible" },
  run: async ({ fs }) => {
    await fs.write("half.txt", "half");
    return new Promise<never>(() => {});
  },
});

const smuggle = defineCapability({
  id: "test.net.smuggle",
  version: "1.0.0",
  description: "Says that it only reads, and does more.",
  input: z.object({ what: z.enum(["net", "process", "write"]) }),
  output: z.object({}),
  risk: LOW,
  sideEffects: ["read_only"],
  undo: { kind: "none" },
  run: async ({ fs, net, process: processes }, { what }) => {
    if (what === "net") await net.request({ method: "GET", url: "https://example.com" });
    else if (what === "process") await processes.run({ command: "ls" });
    else await fs.write("x", "y");
    return {};
  },
});

/** A handler whose result is of the wrong shape, or that throws what is no error of the catalogue. */
const bad = defineCapability({
  id: "test.bad.handler",
  version: "1.0.0",
  description: "Breaks its contract.",
  input: z.object({ how: z.enum(["throws", "outputs"]) }),
  output: z.object({ n: z.number() }),
  risk: LOW,
  sideEffects: ["filesystem_write"],
  undo: { kind: "reversible" },
  run: async ({ fs }, { how }) => {
    await fs.write("left.txt", "left");
    if (how === "throws") throw new TypeError("no number");
    return { n: "text" as unknown as number };
  },
});

const outside = (id: string, sideEffect: "state_mutation" | "network_read") =>
  defineCapability({
    id,
    version: "1.0.0",
    description: "Reaches out without an address.",
    input: z.object({ key: z.string() }),
    output: z.looseObject({}),
    risk: LOW,
    sideEffects: [sideEffect],
    undo: { kind: "none" },
    hosts: ["*"],
    run: async () => {
      throw new Error("a plan called a handler that leaves the workspace");
    },
  });

const CAPABILITIES = [
  fetchPage,
  sleep,
  smuggle,
  bad,
  outside("test.state.bump", "state_mutation"),
  outside("test.net.ping", "network_read"),
];

/** A plan of these steps in any directory, without a runtime, a ledger or a state directory. */
export async function planIn(
  path: string,
  spec: WorkflowSpec,
  {
    subSpecs = {},
    ...more
  }: { readonly subSpecs?: Readonly<Record<string, WorkflowSpec>>; readonly maxBytes?: number } = {},
): Promise<Plan> {
  using root = holdDirectory(path);
  return await previewRun({
    kernel: {
      registry: createRegistry({ assets: findAssets({}), handlers: HANDLERS, extra: CAPABILITIES }),
      reach: {
        capability: async () => "",
        workflow: async () => "",
        pack: async () => "",
        facade: async () => "",
        suspend: async () => {},
      },
      decide: () => ({ outcome: "allow", rules: [] }),
      now: Date.now,
      workspace: { path, root },
    },
    principal: { human: "tester", agent: "", session: "", service: "test", scopes: [] },
    prepared: { kind: "workflow", spec, subSpecs, inputs: {}, warnings: [] },
    cwd: ".",
    ...more,
  });
}

export type Site = Disposable & {
  readonly workspace: string;
  readonly home: string;
  /** Writes a workflow of these steps, and returns its path. */
  flow(steps: readonly object[], fields?: object): string;
  open(options?: RuntimeOptions): Promise<Runtime>;
};

/** A workspace, a home and a place for workflow files. */
export function openSite(): Site {
  const workspace = scratch();
  const beside = scratch();
  const { AI_FIRST_HOME: home } = newHomeIn(beside.path);
  let count = 0;
  return {
    workspace: workspace.path,
    home,
    flow(steps, fields = {}) {
      const path = join(beside.path, `flow-${count++}.json`);
      writeFileSync(path, JSON.stringify(flowOf(steps, fields)));
      return path;
    },
    open(options = {}) {
      // Who makes the home becomes its admin.
      if (options.principal === undefined) homeIn(beside.path);
      return createRuntime({
        workspace: workspace.path,
        env: { AI_FIRST_HOME: home },
        capabilities: CAPABILITIES,
        ...options,
      });
    },
    [Symbol.dispose]() {
      workspace[Symbol.dispose]();
      beside[Symbol.dispose]();
    },
  };
}

export function write(name: string, path: string, content: string, more: object = {}): object {
  return { name, capability_name: "io.fs.write_file", inputs: { path, content }, ...more };
}

export function call(name: string, capability_name: string, inputs: object, more: object = {}): object {
  return { name, capability_name, inputs, ...more };
}

export function branch(
  name: string,
  expression: string,
  yes: readonly object[],
  no: readonly object[],
): object {
  return { ...condition(name, yes, no), condition: expression };
}

/** A plan's steps in short: `key decision`. */
export function decisions({ steps }: Plan): string[] {
  return steps.map(({ step, decision }) => `${step} ${decision}`);
}

/** Changes in short: `kind target`. */
export function kinds({ changes }: Pick<PlannedStep, "changes">): string[] {
  return changes.map(({ kind, target }) => `${kind} ${target}`);
}
