import { join } from "node:path";

import { expect } from "vitest";
import { z } from "zod";

import { recordedPolicy } from "../src/governance/constitution/activation.ts";
import { replayDecisions, type ReplayReport } from "../src/governance/constitution/replay.ts";
import { defineCapability, type Runtime } from "../src/index.ts";
import { openIn } from "./installation.ts";
import { scratch } from "./scratch.ts";

const CONCURRENT = 20;

const fetchIt = defineCapability({
  id: "test.fetch",
  version: "1.0.0",
  description: "Brings something from outside.",
  input: z.strictObject({ waitMs: z.number() }),
  output: z.strictObject({}),
  risk: { level: "LOW", justification: "test" },
  sideEffects: ["network_read"],
  undo: { kind: "none" },
  run: async (_, { waitMs }) => {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return {};
  },
});
const lasting = defineCapability({
  id: "test.lasting",
  version: "1.0.0",
  description: "Cannot be undone.",
  input: z.strictObject({}),
  output: z.strictObject({}),
  risk: { level: "CRITICAL", justification: "test" },
  sideEffects: ["state_mutation"],
  undo: { kind: "irreversible" },
  run: () => Promise.resolve({}),
});

/** A mixed load of runs in three sessions, many at once, of which every decision is then derived again. */
export async function replayLoad(runs: number): Promise<ReplayReport> {
  using directory = scratch();
  const statuses = new Set<string>();
  for (const session of ["one", "two"]) {
    await using runtime = await openSession(directory.path, session);
    await runMany(runtime, Math.floor(runs / 3), statuses);
  }
  await using runtime = await openSession(directory.path, "three");
  await runMany(runtime, Math.ceil(runs / 3) + 1, statuses);
  // So many questions in a minute are too many for one person: a later session may be refused all of its own.
  expect([...statuses].sort()).toEqual(["COMPLETED", "FAILED", "PAUSED"]);
  await runtime.ledger.flush();
  return replayDecisions({
    ledger: runtime.ledger,
    policySet: (digest) => recordedPolicy(runtime.homeLedger, digest),
    workspace: runtime.workspace,
    ruleRoots: [],
  });
}

const ANN = { human: "ann", agent: "", session: "own", service: "embed", scopes: [] };

function openSession(directory: string, session: string): Promise<Runtime> {
  const principal = { ...ANN, agent: "scout", session };
  return openIn(directory, { capabilities: [fetchIt, lasting], principal });
}

async function runMany(runtime: Runtime, runs: number, statuses: Set<string>): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let i = next++; i < runs; i = next++) {
      const [target, inputs] = callOf(i);
      const { run, status } = await runtime.run(target, { inputs });
      statuses.add(status);
      const decision = i % 3 === 0 ? "rejected" : "approved";
      for (const { id } of status === "PAUSED" ? runtime.approvals(run) : [])
        await runtime.answerApproval(id, { decision, reason: "" }, ANN);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, work));
}

function callOf(i: number): [string, Record<string, unknown>] {
  switch (i % 8) {
    case 0:
      return ["io.fs.write_file", { path: join("out", `${i}.txt`), content: "x", create_dirs: true }];
    case 1:
      return ["io.fs.write_file", { path: `out/.env.${i}`, content: "x" }];
    case 2:
      return ["test.fetch", { waitMs: i % 5 }];
    case 3:
      return [
        "io.fs.write_file",
        { path: `secrets-${i % 80}/key-${i}.pem`, content: "k", create_dirs: true },
      ];
    case 4:
      return ["io.fs.copy", { source: `secrets-${(i - 1) % 80}/key-${i - 1}.pem`, destination: `copy-${i}` }];
    case 5:
      return ["test.lasting", {}];
    case 6:
      return ["data.hash.string", { text: `text ${i}` }];
    default:
      return ["io.fs.exists", { path: `${i}` }];
  }
}
