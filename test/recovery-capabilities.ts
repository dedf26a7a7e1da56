import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

import { type CapabilitySpec, defineCapability } from "../src/index.ts";
import { failing } from "./failing.ts";

type Undo = CapabilitySpec["undo"]["kind"];

type Outside = {
  readonly directory: string;
  /** Comes after each call; what it awaits, the call waits for. */
  readonly afterCall: () => Promise<void>;
};

/**
 * Capabilities that a dead process left and another one finds again. In the one that is to die, the call outside of
 * number `hangsAt` never ends: however late its intent becomes an entry, it has no outcome by then.
 */
export function recoveryCapabilities(directory: string, hangsAt?: number) {
  let calls = 0;
  const afterCall = async (): Promise<void> => {
    calls++;
    if (calls === hangsAt) await new Promise(() => {});
  };
  const where = { directory, afterCall };
  return [
    outside(where, "test.look", "none", false),
    outside(where, "test.order", "compensable", false),
    outside(where, "test.order_once", "compensable", true),
    outside(where, "test.send", "irreversible", false),
    request("test.get", "GET"),
    request("test.post", "POST"),
    failing,
  ];
}

/** What was called outside, in order. */
export function callsIn(directory: string): string[] {
  const file = join(directory, "calls");
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}

function outside({ directory, afterCall }: Outside, id: string, undo: Undo, idempotent: boolean) {
  return defineCapability({
    id,
    version: "1.0.0",
    description: "Notes outside of the workspace that it was called, and by which key.",
    input: z.strictObject({}),
    output: z.strictObject({}),
    risk: { level: undo === "irreversible" ? "CRITICAL" : "HIGH", justification: "it acts outside" },
    sideEffects: undo === "none" ? ["read_only"] : ["state_mutation"],
    undo: { kind: undo },
    idempotent,
    run: async ({ idempotencyKey }) => {
      appendFileSync(join(directory, "calls"), `${id} ${idempotencyKey}\n`);
      await afterCall();
      return {};
    },
  });
}

/** Leaves the workspace through the runtime's own door. */
function request(id: string, method: "GET" | "POST") {
  return defineCapability({
    id,
    version: "1.0.0",
    description: "Sends a request.",
    input: z.strictObject({ url: z.string() }),
    output: z.strictObject({}),
    risk: { level: "HIGH", justification: "it leaves the workspace" },
    sideEffects: [method === "GET" ? "network_read" : "network_write"],
    undo: { kind: method === "GET" ? "none" : "compensable" },
    hosts: ["*"],
    run: async ({ net }, { url }) => {
      await net.request({ method, url });
      return {};
    },
  });
}
