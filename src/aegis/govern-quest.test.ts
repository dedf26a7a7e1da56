import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { CapabilitySpec } from "../contract/capability.ts";
import { Constraints } from "../contract/constraints.ts";
import type { HeldQuest } from "../contract/governor.ts";
import type { HookAnswer, HookRequest } from "../contract/hooks.ts";
import { governQuest, type Used } from "./govern-quest.ts";

verifies("aegis:quest", "hooks:governor");

const GET = contract("net.http.get", { side_effects: ["network_read"], cost_model: "network" });
const WRITE = contract("io.fs.write_file", { side_effects: ["filesystem_write"], cost_model: "low_io" });
const CONTRACTS = new Map([GET, WRITE].map((spec) => [spec.id, spec]));

function contract(id: string, { side_effects, cost_model }: { side_effects: string[]; cost_model: string }) {
  return CapabilitySpec.parse({
    id,
    version: "1.0.0",
    name: id,
    description: id,
    operation: "WRITE",
    risk: { level: "MEDIUM", justification: "for the test" },
    side_effects,
    undo: { kind: "reversible" },
    inputs: { type: "object" },
    outputs: { type: "object" },
    metadata: { cost_model },
  });
}

function held(constraints: object, approval: string | null = null): HeldQuest {
  const steps = [{ step: "write", capability: "io.fs.write_file", approval }];
  return { kind: "quest", quest: "q", constraints: Constraints.parse(constraints), steps };
}

const common = { trace_id: "t", quest_id: "q", workflow_id: "run", timestamp: "", runtime_version: "1" };

function begin(step = "write", timeoutMs = 1000): HookRequest {
  return {
    ...common,
    event: "pre_execution",
    workflow_spec: {
      name: "w",
      version: "1.0.0",
      steps: [{ step_id: step, capability: "io.fs.write_file", inputs: {}, risk: { level: "MEDIUM" } }],
      constraints: { timeout_ms: timeoutMs, max_cost: null },
    },
  };
}

const contractOf = (id: string) => CONTRACTS.get(id);

type About = {
  capability?: string | null;
  inputs?: Record<string, unknown>;
  role?: "step" | "undo";
  attempt?: number;
  step?: string;
};

function stepOf({
  capability = "io.fs.write_file",
  inputs = {},
  role = "step",
  attempt = 1,
  step = "write",
}: About) {
  const risk = { level: "MEDIUM", requires_handshake: false };
  return { step_id: step, capability, inputs, risk, step_type: "ACTION", agent_name: "aegis", role, attempt };
}

function before(about: About = {}): HookRequest {
  const resolved_context = { workspace_root: "/ws", user_id: "ann" };
  return { ...common, event: "pre_step", step: stepOf(about), resolved_context };
}

function after(ms: number, about: About = {}): HookRequest {
  const times = { started_at: "", ended_at: "", execution_time_ms: ms };
  const result = { status: "completed" as const, ...times, outputs: {}, error: null };
  return { ...common, event: "post_step", step: stepOf(about), result };
}

async function answers(quest: HeldQuest, requests: readonly HookRequest[], used?: Used): Promise<string[]> {
  const ask = governQuest(quest, { contractOf, usedBefore: () => used });
  const given: HookAnswer[] = [];
  for (const request of requests) given.push(await ask(request));
  return given.map(({ decision, violation }) => (violation === null ? decision : `${decision} ${violation}`));
}

const url = { capability: "net.http.get", inputs: { url: "https://a.example.com/x" } };

test.for<[string, HeldQuest, HookRequest[], string[]]>([
  ["nothing to hold", held({}), [begin(), before(), after(5)], ["ALLOW", "ALLOW", "ALLOW"]],
  ["another workflow", held({}), [begin("other")], ["DENY quest.plan"]],
  ["a longer time", held({ time_seconds: 1 }), [begin("write", 1001)], ["DENY quest.time"]],
  ["a host", held({ hosts: ["b.example.com"] }), [begin(), before(url)], ["ALLOW", "DENY quest.hosts"]],
  ["a host below", held({ hosts: ["*.example.com"] }), [begin(), before(url)], ["ALLOW", "ALLOW"]],
  [
    "no network",
    held({ hosts: [] }),
    [begin(), before({ capability: "net.http.get" })],
    ["ALLOW", "DENY quest.hosts"],
  ],
  ["a risk", held({ max_risk: "LOW" }), [begin(), before()], ["ALLOW", "DENY quest.risk"]],
  [
    "a denied one",
    held({ denied_capabilities: ["io.*"] }),
    [begin(), before()],
    ["ALLOW", "DENY quest.capabilities"],
  ],
  [
    "one of no contract",
    held({}),
    [begin(), before({ capability: "x.y" })],
    ["ALLOW", "DENY quest.capabilities"],
  ],
  ["its undo", held({ max_risk: "LOW" }), [begin(), before({ role: "undo" })], ["ALLOW", "ALLOW"]],
  ["a block", held({ max_risk: "LOW" }), [begin(), before({ capability: null })], ["ALLOW", "ALLOW"]],
  [
    "the cost of every attempt",
    held({ max_cost: 1 }),
    [begin(), before(), before(), before({ attempt: 2 })],
    ["ALLOW", "ALLOW", "ALLOW", "DENY quest.cost"],
  ],
  [
    "the time of all steps",
    held({ time_seconds: 1 }),
    [begin(), before(), after(600), after(600), before({ attempt: 2 })],
    ["ALLOW", "ALLOW", "ALLOW", "DENY quest.time", "DENY quest.time"],
  ],
  ["an approval", held({ approvals: ["io.*"] }), [begin(), before()], ["ALLOW", "PAUSE quest.approvals"]],
  [
    "an approval that the plan asks for",
    held({ approvals: ["io.*"] }, "approve"),
    [begin(), before()],
    ["ALLOW", "ALLOW"],
  ],
  [
    "an approval before the block",
    held({ approvals: ["io.*"] }, "approve"),
    [begin(), before({ step: "write/inner[2]" })],
    ["ALLOW", "ALLOW"],
  ],
])("%s", async ([, quest, requests, expected]) => {
  expect(await answers(quest, requests)).toEqual(expected);
});

test("a run that it did not see begin goes on with what it used, or waits where nobody can say", async () => {
  const quest = held({ max_cost: 3 });
  expect(await answers(quest, [before()], { workMs: 0, cost: 2 })).toEqual(["ALLOW"]);
  expect(await answers(quest, [before()], { workMs: 0, cost: 3 })).toEqual(["DENY quest.cost"]);
  expect(await answers(quest, [before()])).toEqual(["PAUSE quest.account"]);
  expect(await answers(held({}), [before()])).toEqual(["ALLOW"]);
});
