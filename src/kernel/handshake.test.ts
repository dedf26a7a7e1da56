import { afterAll, beforeAll, expect, test } from "vitest";

import { openTestLedger, PERSON, runStarted } from "../../test/ledger-fixture.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { CapabilitySpec, type Risk } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import type { LedgerFile } from "../ledger/open-ledger.ts";
import { handshake, type Shaking } from "./handshake.ts";
import type { Call, Kernel } from "./invoke.ts";

verifies("governance:handshake");

const directory = scratch();
let ledger: LedgerFile;
beforeAll(async () => {
  ({ ledger } = openTestLedger(directory.path));
  await ledger.append(PERSON, runStarted("run-1"));
});
afterAll(async () => {
  await ledger.close();
  directory[Symbol.dispose]();
});

const TERMS = { risk: "MEDIUM", own: true, roles: [["approver"]], quorum: 1 } as const;
const SPEC = CapabilitySpec.parse({
  id: "desk.post",
  version: "1.0.0",
  name: "Post",
  description: "Posts something.",
  operation: "NETWORK",
  risk: { level: "MEDIUM", justification: "a test" },
  side_effects: ["network_write"],
  network: { hosts: ["a.example"] },
  undo: { kind: "irreversible" },
  timeout_seconds: 10,
  inputs: { type: "object" },
  outputs: { type: "object" },
});

/** Everything of a call that an approval binds to, each part of which can be another one. */
type Parts = {
  version: string;
  specHash: string;
  handlerHash: string;
  policySet: string | undefined;
  rules: string[];
  workspace: string;
  cwd: string[];
  person: string;
  agent: string;
  session: string;
  run: string;
  step: string;
  inputs: Record<string, unknown>;
  risk: Risk;
  mayAnswer: () => string;
};

const BASE: Parts = {
  version: "1.0.0",
  specHash: "a".repeat(64),
  handlerHash: "b".repeat(64),
  policySet: "c".repeat(64),
  rules: ["ask"],
  workspace: "/somewhere",
  cwd: [],
  person: "ada",
  agent: "bot",
  session: "s",
  run: "run-1",
  step: "post",
  inputs: { to: "eve" },
  risk: "MEDIUM",
  mayAnswer: () => "ada",
};

function shake(parts: Parts, approval: Call["approval"] = null, stoppedAt?: string) {
  const { version, specHash, handlerHash, policySet, rules, workspace, cwd, inputs, run, step, risk } = parts;
  const principal = { ...PERSON, human: parts.person, agent: parts.agent, session: parts.session };
  const kernel = {
    ledger,
    workspace: { path: workspace },
    now: Date.now,
    alarm: { lastOver: () => stoppedAt },
    approvals: {
      terms: (asked: { readonly risk: Risk }) => ({ ...TERMS, ...asked }),
      person: parts.mayAnswer,
    },
  } as unknown as Kernel;
  const call = {
    run,
    step,
    role: "step",
    attempt: 1,
    principal,
    prefix: cwd,
    risk,
    restriction: { outcome: "allow", rules: [] },
    approval,
    emit: () => Promise.resolve({}),
  } as unknown as Call;
  const spec = { ...SPEC, version };
  const shaking = {
    loaded: { spec, specHash, handlerHash, pack: "desk@1.0.0" },
    request: { capability: spec, specHash, inputs, principal },
    decision: { outcome: "step_up", rules, reason: "a test", receipt: policySet && { policySet } },
    pack: "desk@1.0.0",
  } as unknown as Shaking;
  return handshake(kernel, call, shaking);
}

async function bindsOf(parts: Parts): Promise<string> {
  const result = await shake(parts);
  if (result.kind !== "needs-approval") throw new Error("it was not asked about");
  return result.question.binds;
}

let granted: { readonly id: string; readonly binds: string };
beforeAll(async () => {
  const binds = await bindsOf(BASE);
  granted = { id: "approval-1", binds };
  const event = { run: "run-1", step: "post" } as const;
  await ledger.append(PERSON, {
    ...event,
    type: "approval-requested",
    data: {
      approval: granted.id,
      binds,
      text: "?",
      terms: { ...TERMS, roles: [["approver"]] },
      approvers: [],
    },
  });
  await ledger.append(PERSON, {
    ...event,
    type: "approval-decided",
    data: { approval: granted.id, decision: "approved", reason: "looked" },
  });
});

test("the very call that was approved goes on by its approval", async () => {
  expect(await shake(BASE, granted)).toEqual({ kind: "cleared", approval: granted.id });
});

test.for<[keyof Parts, Partial<Parts>]>([
  ["version", { version: "1.0.1" }],
  ["specHash", { specHash: "d".repeat(64) }],
  ["handlerHash", { handlerHash: "d".repeat(64) }],
  ["policySet", { policySet: "d".repeat(64) }],
  ["policySet", { policySet: undefined }],
  ["rules", { rules: ["ask", "another"] }],
  ["workspace", { workspace: "/elsewhere" }],
  ["cwd", { cwd: ["below"] }],
  ["person", { person: "eve" }],
  ["agent", { agent: "another" }],
  ["session", { session: "another" }],
  ["step", { step: "another" }],
  ["inputs", { inputs: { to: "mallory" } }],
])("with another %s it is asked about again", async ([, change]) => {
  const result = await shake({ ...BASE, ...change }, granted);
  expect(result.kind).toBe("needs-approval");
  expect(await bindsOf({ ...BASE, ...change })).not.toBe(granted.binds);
});

test("an answer from before a panic counts for nothing, one from after it does", async () => {
  const [decided] = ledger.entries({ run: "run-1", types: ["approval-decided"] });
  const at = (ms: number) => new Date(Date.parse(decided?.at ?? "") + ms).toISOString();
  expect((await shake(BASE, granted, at(0))).kind).toBe("needs-approval");
  expect((await shake(BASE, granted, at(-1))).kind).toBe("cleared");
});

const throwing = (error: Error) => () => {
  throw error;
};

test("an answer counts only as long as who gave it may give it", async () => {
  const denied = new RuntimeError("DENIED", "No approver any more.");
  expect((await shake({ ...BASE, mayAnswer: throwing(denied) }, granted)).kind).toBe("needs-approval");
  const broken = new Error("the home cannot be read");
  await expect(shake({ ...BASE, mayAnswer: throwing(broken) }, granted)).rejects.toBe(broken);
});

test("what a contract declares to take its effect back asks nobody", async () => {
  expect(await shake(BASE, "declared")).toEqual({ kind: "cleared" });
});

test.for<[Risk, Risk]>([
  ["LOW", "MEDIUM"],
  ["MEDIUM", "MEDIUM"],
  ["HIGH", "HIGH"],
  ["CRITICAL", "CRITICAL"],
])("a step of risk %s asks for a contract of MEDIUM risk as one of %s", async ([risk, asked]) => {
  const result = await shake({ ...BASE, risk });
  expect(result.kind === "needs-approval" && result.question.terms.risk).toBe(asked);
});

test("another run is asked about itself", async () => {
  await ledger.append(PERSON, runStarted("run-2"));
  expect((await shake({ ...BASE, run: "run-2" }, granted)).kind).toBe("needs-approval");
});
