import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

import { defineCapability, type Entry, type Runtime, RuntimeError } from "../src/index.ts";
import type { EventOf } from "../src/contract/entry.ts";
import type { Principal } from "../src/contract/principal.ts";
import { STATE_DIRECTORY } from "../src/workspace/path.ts";

export function person(human: string, agent = "", session = ""): Principal {
  return { human, agent, session, service: "embed", scopes: [] };
}

type Kind = "listens" | "deaf" | "compensable" | "irreversible";

/**
 * What the tests stop in the middle: it writes `NAME.half`, and ends when it is let go. The deaf
 * one hears no signal; the others act outside, where a call is a line of the file `calls`.
 */
export function panicCapabilities(directory: string) {
  return [
    hold(directory, "test.hold", "listens"),
    hold(directory, "test.deaf", "deaf"),
    hold(directory, "test.order", "compensable"),
    hold(directory, "test.pay", "irreversible"),
    cancelOrder(directory),
    flaky,
  ];
}

/** Lets go on what waits, now and later: one by its name, or all. */
export function letGo(directory: string, name = ""): void {
  writeFileSync(join(directory, `go-${name}`), "");
}

const callsIn = (directory: string) => join(directory, "calls");

function note(directory: string, call: string): void {
  writeFileSync(callsIn(directory), `${call}\n`, { flag: "a" });
}

/** Says that this has begun, and waits until it is let go. */
export async function wait(directory: string, name: string, signal: AbortSignal | null): Promise<void> {
  writeFileSync(join(directory, `begun-${name}`), "");
  while (!["", name].some((each) => existsSync(join(directory, `go-${each}`)))) {
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function hold(directory: string, id: string, kind: Kind) {
  const isOutside = kind === "compensable" || kind === "irreversible";
  return defineCapability({
    id,
    version: "1.0.0",
    description: "Begins something and waits.",
    input: z.strictObject({ name: z.string() }),
    output: z.strictObject({}),
    risk: { level: isOutside ? "CRITICAL" : "LOW", justification: "test" },
    sideEffects: isOutside ? ["state_mutation"] : ["filesystem_write"],
    undo: { kind: isOutside ? kind : "reversible" },
    run: async ({ fs, signal }, { name }) => {
      if (isOutside) note(directory, `${id} ${name}`);
      else await fs.write(`${name}.half`, name);
      await wait(directory, name, kind === "deaf" ? null : signal);
      if (!isOutside) await fs.write(`${name}.whole`, name);
      return {};
    },
  });
}

function cancelOrder(directory: string) {
  return defineCapability({
    id: "test.cancel",
    version: "1.0.0",
    description: "Takes an order back, when it may.",
    input: z.strictObject({ name: z.string() }),
    output: z.strictObject({}),
    risk: { level: "HIGH", justification: "test" },
    sideEffects: ["state_mutation"],
    undo: { kind: "compensable" },
    run: async (_context, { name }) => {
      await wait(directory, `cancel-${name}`, null);
      note(directory, `test.cancel ${name}`);
      return {};
    },
  });
}

const flaky = defineCapability({
  id: "test.flaky",
  version: "1.0.0",
  description: "Fails in a way that is worth another try.",
  input: z.strictObject({}),
  output: z.strictObject({}),
  risk: { level: "LOW", justification: "test" },
  sideEffects: ["read_only"],
  undo: { kind: "none" },
  run: () => Promise.reject(new RuntimeError("SERVICE_FAILED", "Try again.")),
});

/** Resolves when this has begun. */
export async function begun(directory: string, name: string): Promise<void> {
  while (!existsSync(join(directory, `begun-${name}`)))
    await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Paths of all files of the workspace. */
export function filesIn(workspace: string): string[] {
  return readdirSync(workspace, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.startsWith(STATE_DIRECTORY))
    .sort();
}

/** What went forward in a run after a number: attempts, and effects that were not withdrawn before they began. */
export function wentForward({ ledger }: Pick<Runtime, "ledger">, run: string, afterSeq: number): Entry[] {
  const entries = [...ledger.entries({ run, afterSeq })];
  const changedBack = new Set(entries.flatMap(undone("undo-intended")));
  const withdrawn = new Set(entries.flatMap(undone("undo-completed")).filter((of) => !changedBack.has(of)));
  return entries.filter(
    (entry) =>
      (entry.type === "step-intended" && entry.data.role === "step") ||
      (entry.type === "effect-intended" && !withdrawn.has(entry.seq)),
  );
}

const undone =
  (type: EventOf<"undo-intended" | "undo-completed">["type"]) =>
  (entry: Entry): number[] =>
    entry.type === type && "of" in entry.data ? [entry.data.of] : [];
