import { join } from "node:path";

import { z } from "zod";

import type { PolicySet } from "../src/contract/policy-set.ts";
import type { Role } from "../src/contract/roles.ts";
import { readPolicyDirectory } from "../src/governance/constitution/policy-files.ts";
import { openGovernance } from "../src/governance/governance.ts";
import { INSTALLATION } from "../src/governance/shipped.ts";
import { defineCapability, type Principal, type Runtime, type RuntimeOptions } from "../src/index.ts";
import { openIn, workspaceIn } from "./installation.ts";
import { scratch } from "./scratch.ts";

const SHIPPED = readPolicyDirectory(join(import.meta.dirname, "../assets/policies"));
const PERMIT = "permit (principal, action, resource);";

/** Everything asks; `annotations` say how. */
export const asking = (annotations = ""): Record<string, string> => ({
  permit: PERMIT,
  ask: `${annotations} @reason("everything asks") forbid (principal, action == Action::"run", resource) unless { context.confirmed };`,
});

export const YES = { decision: "approved", reason: "looked" } as const;
export const NO = { decision: "rejected", reason: "no" } as const;

export function person(human: string, agent = "", session = "s"): Principal {
  return { human, agent, session, service: "embed", scopes: ["local"] };
}

/** What left for good, by whom it was addressed to. */
export const sent: string[] = [];

export function sender(level: "LOW" | "MEDIUM" | "HIGH" | "CRITICAL", description = "Sends something.") {
  return defineCapability({
    id: `test.send_${level.toLowerCase()}`,
    version: "1.0.0",
    description,
    input: z.strictObject({ to: z.string(), note: z.string().optional() }),
    output: z.strictObject({}),
    risk: { level, justification: "a test", requires_approval: true },
    sideEffects: ["state_mutation"],
    undo: { kind: level === "CRITICAL" ? "irreversible" : level === "HIGH" ? "compensable" : "none" },
    run: (_, { to }) => {
      sent.push(to);
      return Promise.resolve({});
    },
  });
}

const SENDERS = [sender("LOW"), sender("MEDIUM"), sender("HIGH"), sender("CRITICAL")];

export type HandshakeSite = ReturnType<typeof handshakeSite>;

/** An installation whose first person, ada, is its admin; her agent is `bot`. */
export function handshakeSite() {
  const directory = scratch();
  sent.length = 0;
  return {
    path: directory.path,
    workspace: workspaceIn(directory.path),
    open: (principal = person("ada", "bot"), more: RuntimeOptions = {}) =>
      openIn(directory.path, { capabilities: SENDERS, principal, ...more }),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

/** As an approved proposal would. */
export async function enforce({ homeLedger }: Runtime, more: Partial<PolicySet>): Promise<void> {
  const policySet = homeLedger.record(INSTALLATION, "policy", { ...SHIPPED, ...more });
  await homeLedger.append(INSTALLATION, { type: "policy-changed", data: { policySet, reason: "test" } });
}

export async function register(
  { homeLedger }: Runtime,
  name: string,
  roles: readonly Role[],
  who = name,
): Promise<void> {
  await openGovernance(homeLedger).register(person("ada"), { name, person: who, roles });
}

/** The one approval that a run waits for. */
export function waiting(runtime: Runtime, run: string) {
  const [approval, ...others] = runtime.approvals(run);
  if (approval === undefined || others.length > 0) throw new Error(`${others.length + 1} approvals`);
  return approval;
}

export const ADA = person("ada");
export const BOT = person("ada", "bot");

export const to = (name: string, more: object = {}) => ({ inputs: { to: name, ...more } });

/** A call that waits for an answer. */
export async function ask(
  runtime: Runtime,
  level: "low" | "medium" | "high" | "critical",
  name = "eve",
): Promise<{ readonly run: string; readonly approval: ReturnType<typeof waiting> }> {
  const { run, status } = await runtime.run(`test.send_${level}`, to(name));
  if (status !== "PAUSED") throw new Error(`it is ${status}`);
  return { run, approval: waiting(runtime, run) };
}
