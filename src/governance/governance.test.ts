import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { Risk } from "../contract/capability.ts";
import type { EventOf } from "../contract/entry.ts";
import type { Lock, Subject } from "../contract/governance-event.ts";
import { EMBEDDED } from "../contract/reach.ts";
import type { Principal } from "../contract/principal.ts";
import type { LedgerFile } from "../ledger/open-ledger.ts";
import { openTestLedger } from "../../test/ledger-fixture.ts";
import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { type Governance, openGovernance } from "./governance.ts";
import { TRANSITIONS } from "./lifecycle.ts";
import { INSTALLATION } from "./shipped.ts";
import { bindingOf, type Lifecycle } from "./state.ts";

verifies("governance:chain", "governance:approvers");

const who = (human: string, agent = ""): Principal => ({
  human,
  agent,
  session: "s",
  service: "cli",
  scopes: [],
});
const lock = (capability = "net.weather.get", specHash = "spec", handlerHash = "code"): Lock => ({
  capability,
  version: "1.0.0",
  specHash,
  handlerHash,
});
const PACK: Subject = { kind: "pack", name: "weather", version: "1.0.0" };
const CALL = {
  found: lock(),
  role: "step",
  principal: who("ann"),
  runStartedAt: new Date(0).toISOString(),
} as const;

let directory: ReturnType<typeof scratch>;
let ledger: LedgerFile;
let chain: Governance;

beforeEach(async () => {
  directory = scratch();
  ({ ledger } = openTestLedger(directory.path, { kind: "home" }));
  chain = openGovernance(ledger);
  await chain.welcome("1.0.0", () => [], "root");
  for (const [name, person, roles] of [
    ["ann", "ann", ["operator"]],
    ["bob", "bob", ["reviewer", "approver"]],
    ["bob2", "bob", ["approver"]],
    ["cat", "cat", ["approver"]],
  ] as const)
    await ledger.append(INSTALLATION, {
      type: "principal-registered",
      data: { name, person, roles: [...roles] },
    });
  chain = openGovernance(ledger);
});
afterEach(async () => {
  await ledger.close();
  directory[Symbol.dispose]();
});

function propose(by = who("ann"), risk: Risk = "HIGH") {
  return chain.propose(by, {
    subject: PACK,
    source: "internal",
    risk,
    content: { name: "weather" },
    locks: [lock(), lock("net.weather.post")],
    workflows: [{ workflow: "forecast", specHash: "text" }],
    justification: "Somebody asks for the weather.",
  });
}

async function activate(): Promise<void> {
  const { id } = await propose();
  await chain.decide(who("bob"), id, "approved", "fine");
  await chain.change(who("ann"), PACK, "ACTIVE", "go");
}

const refusal = (code: string) => expect.objectContaining({ code });

describe("what is reached", () => {
  test("only what an ACTIVE pack contains, at every stage of its life", async () => {
    const attempt = () => chain.reach.capability(CALL);
    await expect(attempt()).rejects.toThrow(refusal("NOT_ACTIVE"));
    const { id } = await propose();
    await expect(attempt()).rejects.toThrow(refusal("NOT_ACTIVE"));
    await chain.decide(who("bob"), id, "approved", "fine");
    await expect(attempt()).rejects.toThrow(refusal("NOT_ACTIVE"));
    await chain.change(who("ann"), PACK, "ACTIVE", "go");
    expect(await attempt()).toBe("weather@1.0.0");
    expect(await chain.reach.workflow({ workflow: "forecast", specHash: "text" }, who("ann"))).toBe(
      "weather@1.0.0",
    );
    await chain.change(who("ann"), PACK, "FROZEN", "wait");
    await expect(attempt()).rejects.toThrow("weather@1.0.0 is FROZEN");
    // It takes back what a run did that had started before; one that starts now finds it closed.
    const back = { ...CALL, role: "compensation" } as const;
    expect(await chain.reach.capability(back)).toBe("weather@1.0.0");
    const runStartedAt = new Date(Date.now() + 1000).toISOString();
    await expect(chain.reach.capability({ ...back, runStartedAt })).rejects.toThrow(refusal("NOT_ACTIVE"));
    await chain.change(who("ann"), PACK, "ACTIVE", "go on");
    expect(await attempt()).toBe("weather@1.0.0");
    await chain.change(who("ann"), PACK, "DEPRECATED", "old");
    await expect(attempt()).rejects.toThrow(refusal("NOT_ACTIVE"));
  });

  test.for<[string, Partial<Lock>]>([
    ["its spec was changed", { specHash: "another" }],
    ["its handler was changed", { handlerHash: "another" }],
  ])("nothing that drifted, and nothing of its pack until an admin says so: %s", async ([how, change]) => {
    await activate();
    const drifted = { ...CALL, found: { ...lock(), ...change } };
    await expect(chain.reach.capability(drifted)).rejects.toThrow(how);
    for (const call of [drifted, CALL, { ...CALL, found: lock("net.weather.post") }])
      await expect(chain.reach.capability(call)).rejects.toThrow(refusal("SUSPENDED"));
    await expect(chain.reinstate(who("ann"), PACK, "seen")).rejects.toThrow(refusal("NOT_AUTHORIZED"));
    await chain.reinstate(who("root"), PACK, "restored");
    expect(await chain.reach.capability(CALL)).toBe("weather@1.0.0");
  });

  test("a workflow that was changed suspends its pack too", async () => {
    await activate();
    const changed = { workflow: "forecast", specHash: "another" };
    await expect(chain.reach.workflow(changed, who("ann"))).rejects.toThrow(refusal("DRIFTED"));
    await expect(chain.reach.capability(CALL)).rejects.toThrow(refusal("SUSPENDED"));
  });

  test("what the embedding program brought is its own", async () => {
    const found = lock("my.own", "any", EMBEDDED);
    expect(await chain.reach.capability({ ...CALL, found })).toBe(EMBEDDED);
  });

  test("what another process changed counts at once", async () => {
    await activate();
    const { ledger: other } = openTestLedger(directory.path, { kind: "home", processId: "other" });
    await openGovernance(other).change(who("ann"), PACK, "FROZEN", "from elsewhere");
    await other.close();
    await expect(chain.reach.capability(CALL)).rejects.toThrow(refusal("NOT_ACTIVE"));
  });
});

describe("who approves", () => {
  test.for<[string, Principal, string]>([
    ["the proposer", who("ann"), "does not have the role approver"],
    ["an agent, whoever it acts for", who("bob", "claude"), "does not have the role approver"],
    ["somebody unknown", who("eve"), "does not have the role approver"],
  ])("not %s", async ([, by, message]) => {
    const { id } = await propose();
    await expect(chain.decide(by, id, "approved", "")).rejects.toThrow(message);
    expect(chain.state().proposals.get(id)?.status).toBe("PENDING_REVIEW");
  });

  test("not who proposed it, under another account of the same person either", async () => {
    const { id } = await propose(who("bob"));
    for (const name of ["bob", "bob2"])
      await expect(chain.decide(who(name), id, "approved", "")).rejects.toThrow("cannot approve it too");
    expect((await chain.decide(who("cat"), id, "approved", "")).status).toBe("APPROVED");
  });

  test("the person that an agent acts for, of what the agent proposed", async () => {
    const { id } = await propose(who("bob", "claude"));
    expect((await chain.decide(who("bob"), id, "approved", "")).status).toBe("APPROVED");
  });

  test("two different persons of what is CRITICAL", async () => {
    const { id } = await propose(who("ann"), "CRITICAL");
    expect((await chain.decide(who("bob"), id, "approved", "")).status).toBe("PENDING_REVIEW");
    await expect(chain.decide(who("bob2"), id, "approved", "")).rejects.toThrow("has approved");
    expect((await chain.decide(who("cat"), id, "approved", "")).status).toBe("APPROVED");
  });

  test("a reviewer may not lower the risk of what they proposed, and may raise it", async () => {
    const { id } = await propose(who("bob"), "CRITICAL");
    await expect(chain.review(who("bob"), id, "LOW", "trust me")).rejects.toThrow("cannot lower its risk");
    const { id: other } = await propose(who("bob"), "LOW");
    expect((await chain.review(who("bob"), other, "HIGH", "")).risk).toBe("HIGH");
  });

  test("again, after a review raised the risk", async () => {
    const { id } = await propose(who("ann"), "CRITICAL");
    await chain.review(who("bob"), id, "HIGH", "It only reads.");
    await expect(chain.review(who("bob"), id, "LOW", " ")).rejects.toThrow("takes a reason");
    await chain.review(who("bob"), id, "CRITICAL", "");
    await chain.decide(who("bob"), id, "approved", "");
    expect(chain.state().proposals.get(id)?.approvals).toHaveLength(1);
  });

  test("once, when two processes let the same person approve at the same moment", async () => {
    const { id } = await propose(who("ann"), "CRITICAL");
    const decide = (name: string) => chain.decide(who(name), id, "approved", "");
    await Promise.allSettled([decide("bob"), decide("bob2"), decide("bob")]);
    expect(chain.state().proposals.get(id)).toMatchObject({ status: "PENDING_REVIEW" });
    expect(chain.state().proposals.get(id)?.approvals).toHaveLength(1);
  });

  test("nobody, once it was rejected", async () => {
    const { id } = await propose();
    await chain.decide(who("cat"), id, "rejected", "no");
    await expect(chain.decide(who("bob"), id, "approved", "")).rejects.toThrow("REJECTED already");
    await expect(chain.change(who("ann"), PACK, "ACTIVE", "go")).rejects.toThrow(refusal("SUBJECT_UNKNOWN"));
  });
});

test("whatever is asked for, a pack only goes where the table lets it", async () => {
  await activate();
  const states = Object.keys(TRANSITIONS) as Lifecycle[];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...states), { maxLength: 4 }), async (wanted) => {
      for (const to of wanted) {
        const from = chain.state().governed.get("pack weather@1.0.0")?.lifecycle ?? "PROPOSED";
        const result = await chain.change(who("ann"), PACK, to, "").then(
          () => "done",
          (error: { code: string }) => error.code,
        );
        expect(result).toBe(TRANSITIONS[from].includes(to) ? "done" : "STATE_CONFLICT");
      }
    }),
    { numRuns: 30 },
  );
});

test("an entry that somebody wrote past the rules counts for nothing", async () => {
  const { id } = await propose();
  await ledger.append(who("eve"), {
    type: "proposal-decided",
    data: { proposal: id, decision: "approved", binds: "", reason: "" },
  });
  await ledger.append(who("eve"), {
    type: "lifecycle-changed",
    data: {
      subject: PACK,
      from: "PROPOSED",
      to: "ACTIVE",
      reason: "",
      proposal: id,
      locks: [lock()],
      workflows: [],
    },
  });
  await ledger.append(who("eve"), {
    type: "principal-registered",
    data: { name: "eve", person: "eve", roles: ["admin"] },
  });
  const state = openGovernance(ledger).state();
  expect(state.proposals.get(id)?.status).toBe("PENDING_REVIEW");
  expect(state.governed.size).toBe(0);
  expect(state.principals.has("eve")).toBe(false);
});

const foldedAnew = () => openGovernance(ledger).state();
const activation = (proposal: string, subject = PACK, locks = [lock(), lock("net.weather.post")]) =>
  ({
    type: "lifecycle-changed",
    data: {
      subject,
      from: "PROPOSED",
      to: "ACTIVE",
      reason: "",
      proposal,
      locks,
      workflows: [{ workflow: "forecast", specHash: "text" }],
    },
  }) satisfies EventOf<"lifecycle-changed">;

describe("an entry that somebody wrote past the rules counts for nothing", () => {
  test("a pack that is activated with the approval of another", async () => {
    const { id } = await propose();
    await chain.decide(who("bob"), id, "approved", "");
    await ledger.append(who("ann"), activation(id, { ...PACK, name: "storm" }));
    expect(foldedAnew().governed.size).toBe(0);
  });

  test("a pack that is activated with other digests than those approved", async () => {
    const { id } = await propose();
    await chain.decide(who("bob"), id, "approved", "");
    await ledger.append(who("ann"), activation(id, PACK, [lock(), lock("sys.exec.run")]));
    expect(foldedAnew().governed.size).toBe(0);
    await ledger.append(who("ann"), activation(id));
    expect(foldedAnew().governed.size).toBe(1);
  });

  test("an approval of what was something else when its approver looked", async () => {
    const { id } = await propose(who("ann"), "CRITICAL");
    const seen = chain.state().proposals.get(id);
    await chain.review(who("bob"), id, "HIGH", "It only reads.");
    if (seen === undefined) throw new Error("There is no proposal.");
    const data = { proposal: id, decision: "approved", binds: bindingOf(seen), reason: "" } as const;
    await ledger.append(who("cat"), { type: "proposal-decided", data });
    expect(foldedAnew().proposals.get(id)).toMatchObject({ status: "PENDING_REVIEW", approvals: [] });
  });

  test("a suspension that is ended by somebody who is no admin", async () => {
    await activate();
    const drifted = { ...CALL, found: lock("net.weather.get", "another") };
    await expect(chain.reach.capability(drifted)).rejects.toThrow(refusal("DRIFTED"));
    await ledger.append(who("ann"), { type: "subject-reinstated", data: { subject: PACK, reason: "" } });
    expect(foldedAnew().governed.get("pack weather@1.0.0")?.suspension).toBeDefined();
  });
});

test("freezing and activating does not end a suspension", async () => {
  await activate();
  const drifted = { ...CALL, found: lock("net.weather.get", "another") };
  await expect(chain.reach.capability(drifted)).rejects.toThrow(refusal("DRIFTED"));
  await chain.change(who("ann"), PACK, "FROZEN", "");
  await chain.change(who("ann"), PACK, "ACTIVE", "");
  await expect(chain.reach.capability(CALL)).rejects.toThrow(refusal("SUSPENDED"));
});

test("drift is recorded once, however many calls meet it, and closes the facade too", async () => {
  await activate();
  const facade: Subject = { kind: "facade", name: "weather", version: "1.0.0" };
  const { id } = await chain.propose(who("ann"), {
    subject: facade,
    source: "internal",
    risk: "LOW",
    content: {},
    locks: [],
    workflows: [],
    packs: [{ pack: "weather", version: "1.0.0", specHash: "pack" }],
    specHash: "facade",
    justification: "",
  });
  await chain.decide(who("bob"), id, "approved", "");
  await chain.change(who("ann"), facade, "ACTIVE", "");
  const drifted = { ...CALL, found: lock("net.weather.get", "another") };
  await Promise.allSettled(Array.from({ length: 10 }, () => chain.reach.capability(drifted)));
  const suspended = [...ledger.entries({ types: ["subject-suspended"] })].map(
    ({ data }) => data.subject.kind,
  );
  expect(suspended).toEqual(["pack", "facade"]);
  const request = {
    facade,
    specHash: "facade",
    packs: [],
    requiresPackActive: true,
    workflow: "forecast",
    principal: who("ann"),
  };
  await expect(chain.reach.facade(request)).rejects.toThrow(refusal("SUSPENDED"));
});

describe("who has roles", () => {
  test("is for an admin to say, and one stays", async () => {
    await expect(
      chain.register(who("ann"), { name: "ann", person: "ann", roles: ["admin"] }),
    ).rejects.toThrow(refusal("NOT_AUTHORIZED"));
    await expect(chain.register(who("root"), { name: "root", person: "root", roles: [] })).rejects.toThrow(
      "root is the last admin",
    );
    await chain.register(who("root"), { name: "cat", person: "cat", roles: ["admin"] });
    await chain.register(who("cat"), { name: "root", person: "root", roles: [] });
    expect(chain.state().principals.get("root")?.roles).toEqual([]);
  });

  test("two admins who revoke each other at once leave one", async () => {
    await chain.register(who("root"), { name: "cat", person: "cat", roles: ["admin"] });
    for (const [by, name] of [
      ["root", "cat"],
      ["cat", "root"],
    ] as const)
      await ledger.append(who(by), { type: "principal-registered", data: { name, person: name, roles: [] } });
    const admins = [...openGovernance(ledger).state().principals.values()].filter(({ roles }) =>
      roles.includes("admin"),
    );
    expect(admins.map(({ name }) => name)).toEqual(["root"]);
  });
});
