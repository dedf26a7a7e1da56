import { describe, expect, test } from "vitest";

import { branch, decisions, kinds, openSite, write } from "./plan-fixture.ts";
import { verifies } from "./requirements.ts";

verifies("workflow:plan");

describe("blocks", () => {
  test.for([
    [true, ["check run", "check/yes run", "after run"], "takes then: flag"],
    [false, ["check run", "check/no run", "after run"], "takes else: flag"],
  ] as const)("CONDITION of %s", async ([flag, expected, note]) => {
    using site = openSite();
    await using runtime = await site.open();
    const steps = [
      branch("check", "flag", [write("yes", "yes", "y")], [write("no", "no", "n")]),
      write("after", "after", "v {{ check.result }}"),
    ];
    const plan = await runtime.plan(site.flow(steps, { initial_state: { flag } }));
    expect(decisions(plan)).toEqual(expected);
    expect(plan.steps[0]?.note).toBe(note);
  });

  test("foreach, PARALLEL, when and COMPENSATION", async () => {
    using site = openSite();
    await using runtime = await site.open();
    const steps = [
      {
        name: "each",
        capability_name: "io.fs.write_file",
        foreach: ["a", "{{ last }}"],
        as: "x",
        inputs: { path: "{{ x }}.txt", content: "v {{ index }}" },
      },
      {
        name: "both",
        step_type: "PARALLEL",
        steps: [write("l", "l", "l"), write("r", "r", "r", { when: "count > 5" })],
      },
      {
        name: "back",
        step_type: "COMPENSATION",
        capability_name: "io.fs.delete",
        inputs: { path: "l" },
        depends_on: [],
      },
    ];
    const plan = await runtime.plan(site.flow(steps, { initial_state: { last: "b", count: 3 } }));
    expect(decisions(plan)).toEqual([
      "each run",
      "each[0]/each run",
      "each[1]/each run",
      "both run",
      "both/l run",
      "both/r skip",
      "back skip",
    ]);
    expect(plan.steps.map(({ note }) => note)).toEqual([
      "for each of 2 elements",
      null,
      null,
      null,
      null,
      "when: count > 5",
      "runs only in a rollback",
    ]);
    expect(kinds(plan)).toEqual(["create a.txt", "create b.txt", "create l"]);
    expect(plan.steps[0]).toMatchObject({ capability: null, risk: null });
  });

  test("a foreach over what is no list fails", async () => {
    using site = openSite();
    await using runtime = await site.open();
    const plan = await runtime.plan(
      site.flow(
        [{ name: "each", capability_name: "io.fs.exists", foreach: "{{ n }}", inputs: { path: "x" } }],
        { initial_state: { n: 3 } },
      ),
    );
    expect(plan.steps).toMatchObject([{ decision: "fail", note: expect.stringContaining("not a list") }]);
  });

  test("no more than 1,000 steps", async () => {
    using site = openSite();
    await using runtime = await site.open();
    const items = Array.from({ length: 1200 }, (_, i) => i);
    const plan = await runtime.plan(
      site.flow([
        {
          name: "each",
          capability_name: "data.base64.encode",
          foreach: items,
          inputs: { text: "{{ item }}x" },
        },
      ]),
    );
    expect(plan.steps).toHaveLength(1000);
    expect(plan).toMatchObject({
      outcome: "unknown",
      warnings: ["The plan shows the first 1000 steps; there are more."],
    });
  });
});
