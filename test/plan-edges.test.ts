import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { call, decisions, kinds, planIn, write } from "./plan-fixture.ts";
import { workflow } from "./run-script.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("workflow:plan");

describe("handlers", () => {
  test.for([
    ["throws", "no number"],
    ["outputs", "n"],
  ] as const)("one that %s fails, and leaves nothing", async ([how, message]) => {
    using at = scratch();
    const plan = await planIn(at.path, workflow({ steps: [call("bad", "test.bad.handler", { how })] }));
    expect(plan).toMatchObject({
      outcome: "fails",
      changes: [],
      steps: [{ decision: "fail", note: expect.stringContaining(message), changes: [] }],
    });
  });

  test.for([
    ["test.state.bump", []],
    ["test.net.ping", ['request test.net.ping {"key":"k"}']],
  ] as const)("%s is not called; what it returns may have any name", async ([id, changes]) => {
    using at = scratch();
    const steps = [
      call("out", id, { key: "k" }),
      call("use", "data.base64.encode", { text: "{{ anything }}" }),
      call("own", "data.base64.encode", { text: "{{ out.more }}" }),
    ];
    const plan = await planIn(at.path, workflow({ steps }));
    expect(kinds(plan.steps[0] ?? { changes: [] })).toEqual(changes);
    expect(decisions(plan)).toEqual(["out run", "use unknown", "own unknown"]);
  });

  test("a capability that nobody knows", async () => {
    using at = scratch();
    const plan = await planIn(at.path, workflow({ steps: [call("x", "not.there", {})] }));
    expect(plan.steps).toMatchObject([
      { decision: "fail", capability: "not.there", risk: null, note: expect.stringContaining("not.there") },
    ]);
  });

  test("an approval whose text cannot be resolved fails", async () => {
    using at = scratch();
    const plan = await planIn(
      at.path,
      workflow({
        steps: [{ name: "ask", step_type: "HUMAN_APPROVAL", inputs: { message: "{{ nothing }}" } }],
      }),
    );
    expect(plan).toMatchObject({
      outcome: "fails",
      steps: [{ decision: "fail", note: expect.stringContaining("nothing") }],
    });
  });

  test("an approval without a message shows the step's description", async () => {
    using at = scratch();
    const plan = await planIn(
      at.path,
      workflow({ steps: [{ name: "ask", step_type: "HUMAN_APPROVAL", description: "Go on?" }] }),
    );
    expect(plan.steps[0]?.note).toBe("Go on?");
  });
});

describe("limits", () => {
  test("what does not fit is unknown, not a failure", async () => {
    using at = scratch();
    const steps = [write("small", "s", "s"), write("large", "l", "x".repeat(3000)), write("next", "n", "n")];
    const plan = await planIn(at.path, workflow({ steps }), { maxBytes: 3000 });
    expect(decisions(plan)).toEqual(["small run", "large unknown", "next unknown"]);
    expect(plan.steps[1]?.note).toMatch(/at most 3000 bytes/);
    expect(plan.outcome).toBe("unknown");
    expect(plan.warnings).toContain(
      "The run would write more than a plan can hold; what follows may differ.",
    );
  });

  test("a thousand changed paths are listed, and no more", async () => {
    using at = scratch();
    mkdirSync(join(at.path, "d"));
    for (let index = 0; index < 1001; index++) writeFileSync(join(at.path, "d", `${index}`), "");
    const plan = await planIn(
      at.path,
      workflow({ steps: [call("rm", "io.fs.delete", { path: "d", recursive: true })] }),
    );
    expect(plan.changes).toHaveLength(1000);
    expect(plan.warnings).toEqual([
      'Of the step "rm" only the first 1000 changed paths are listed.',
      "Only the first 1000 changed paths are listed.",
    ]);
  });

  test("a long text has no diff, and neither has a link", async () => {
    using at = scratch();
    writeFileSync(join(at.path, "long"), "line\n".repeat(60_000));
    symlinkSync("long", join(at.path, "link"));
    const plan = await planIn(
      at.path,
      workflow({ steps: [write("long", "long", "short"), call("rm", "io.fs.delete", { path: "link" })] }),
    );
    expect(plan.changes).toEqual([
      { kind: "delete", target: "link", diff: null, bytes: null },
      { kind: "change", target: "long", diff: null, bytes: { before: 300_000, after: 5 } },
    ]);
  });

  test("diffs have a length in all; changes beyond it are still listed", async () => {
    using at = scratch();
    const text = `${"a".repeat(200_000)}\n`;
    const steps = Array.from({ length: 30 }, (_, index) => write(`w${index}`, `f${index}`, text));
    const { steps: planned, changes } = await planIn(at.path, workflow({ steps }));
    const diffs = [...planned.flatMap((step) => step.changes), ...changes];
    expect(diffs).toHaveLength(60);
    expect(diffs.filter(({ diff }) => diff !== null)).toHaveLength(20);
  });

  test("an unknown block shows no more than the plan may", async () => {
    using at = scratch();
    const then = Array.from({ length: 1100 }, (_, index) =>
      call(`e${index}`, "data.base64.encode", { text: "x" }),
    );
    const steps = [
      call("fetch", "test.net.fetch", { url: "https://example.com" }),
      { name: "all", step_type: "PARALLEL", when: "body == ''", steps: then },
    ];
    const plan = await planIn(at.path, workflow({ steps }));
    expect(plan.steps).toHaveLength(1000);
    expect(plan.outcome).toBe("unknown");
  });
});
