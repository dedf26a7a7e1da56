import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { sha256 } from "../src/contract/digest.ts";
import { call, decisions, kinds, openSite, write } from "./plan-fixture.ts";
import { snapshot } from "./snapshot.ts";
import { verifies } from "./requirements.ts";

verifies("workflow:plan");

describe("workflows that come with the package", () => {
  test("load_test_quick: exact to the last step", async () => {
    using site = openSite();
    await using runtime = await site.open();
    const plan = await runtime.plan("load_test_quick", { inputs: { run_id: "r1" } });
    expect(decisions(plan)).toEqual([
      "get_time run",
      "render_content run",
      "write_file run",
      "hash_file run",
    ]);
    expect(plan).toMatchObject({
      workflow: "load_test_quick",
      version: "1.0.0",
      outcome: "completes",
      warnings: [],
    });
    expect(kinds(plan)).toEqual(["create out.txt"]);
    expect(plan.changes[0]?.diff).toMatch(
      /^--- \/dev\/null\n\+\+\+ b\/out\.txt\n@@ -0,0 \+1,2 @@\n\+run_id=r1\n\+ts=\d{4}-/,
    );
    expect(plan.steps[2]).toMatchObject({
      type: "ACTION",
      capability: "io.fs.write_file",
      undo: "reversible",
      inputs: { path: "out.txt", content: expect.stringMatching(/^run_id=r1\n/) },
      changes: plan.changes,
    });
    expect(existsSync(join(site.workspace, "out.txt"))).toBe(false);
  });

  test("load_test_paused: the approval counts as granted", async () => {
    using site = openSite();
    await using runtime = await site.open();
    const plan = await runtime.plan("load_test_paused");
    expect(decisions(plan)).toEqual([
      "write_file_before_pause run",
      "approval_gate ask",
      "write_file_after_pause run",
    ]);
    expect(plan.steps[1]).toMatchObject({
      type: "HUMAN_APPROVAL",
      note: "Approve to continue load test workflow",
      capability: null,
    });
    expect(kinds(plan)).toEqual(["create after_pause.txt", "create before_pause.txt"]);
  });
});

test("nothing is written: no file, no entry, no staging, no blob", async () => {
  using site = openSite();
  await using runtime = await site.open();
  writeFileSync(join(site.workspace, "old.txt"), "old\n");
  await runtime.run(site.flow([write("before", "kept.txt", "kept")]));
  const everything = () => {
    const lines = [
      ...snapshot(site.workspace, { times: true }),
      ...snapshot(join(site.workspace, ".ai-first"), { times: true }),
    ];
    // SQLite marks its readers in the -shm file.
    return lines
      .filter((line) => !line.startsWith("ledger.db-shm"))
      .map((line) => `${line.split(" ")[0]} ${sha256(line)}`);
  };
  const before = everything();
  const head = runtime.ledger.head();
  const plan = await runtime.plan(
    site.flow([
      write("change", "old.txt", "new\n"),
      write("make", "a/b.txt", "b"),
      call("drop", "io.fs.delete", { path: "kept.txt" }),
      call("fail", "io.fs.read_file", { path: "none" }),
    ]),
  );
  expect(plan.outcome).toBe("rolls-back");
  expect(runtime.ledger.head()).toEqual(head);
  expect(everything()).toEqual(before);
});

describe("what a step changes", () => {
  test("net effects of the whole plan, and those of each step", async () => {
    using site = openSite();
    await using runtime = await site.open();
    writeFileSync(join(site.workspace, "a.txt"), "one\ntwo\n");
    writeFileSync(join(site.workspace, "bin"), Buffer.from([0, 1, 2]));
    const plan = await runtime.plan(
      site.flow([
        write("first", "a.txt", "one\n2\n"),
        write("again", "a.txt", "one\nzwei\n"),
        write("binary", "bin", "text"),
        write("there", "t.txt", "t"),
        call("gone", "io.fs.delete", { path: "t.txt" }),
        call("read", "io.fs.read_file", { path: "a.txt" }),
        write("seen", "seen.txt", "{{ read.content }}"),
      ]),
    );
    expect(plan.steps.map(kinds)).toEqual([
      ["change a.txt"],
      ["change a.txt"],
      ["change bin"],
      ["create t.txt"],
      ["delete t.txt"],
      [],
      ["create seen.txt"],
    ]);
    expect(kinds(plan)).toEqual(["change a.txt", "change bin", "create seen.txt"]);
    expect(plan.steps[1]?.changes[0]?.diff).toBe(
      "--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n-2\n+zwei\n",
    );
    expect(plan.changes[0]?.diff).toBe("--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n");
    expect(plan.changes[1]).toMatchObject({ diff: null, bytes: { before: 3, after: 4 } });
    expect(plan.changes[2]?.diff).toMatch(/\+zwei/);
  });

  test("a tree that is moved and another that is deleted", async () => {
    using site = openSite();
    await using runtime = await site.open({ decide: () => ({ outcome: "allow", rules: [] }) });
    mkdirSync(join(site.workspace, "tree/in"), { recursive: true });
    writeFileSync(join(site.workspace, "tree/in/f"), "f");
    mkdirSync(join(site.workspace, "old"));
    writeFileSync(join(site.workspace, "old/g"), "g");
    const plan = await runtime.plan(
      site.flow([
        call("move", "io.fs.move", { source: "tree", destination: "moved" }),
        call("delete", "io.fs.delete", { path: "old", recursive: true }),
        call("list", "io.fs.list_dir", { path: ".", recursive: true }),
      ]),
    );
    expect(decisions(plan)).toEqual(["move run", "delete run", "list run"]);
    expect(kinds(plan)).toEqual([
      "make-dir moved",
      "make-dir moved/in",
      "create moved/in/f",
      "delete old",
      "delete old/g",
      "delete tree",
      "delete tree/in",
      "delete tree/in/f",
    ]);
    expect(plan.changes[4]).toMatchObject({
      diff: expect.stringContaining("-g"),
      bytes: { before: 1, after: null },
    });
  });

  test("below a directory, paths are those of the workspace", async () => {
    using site = openSite();
    await using runtime = await site.open();
    mkdirSync(join(site.workspace, "sub"));
    const plan = await runtime.plan(site.flow([write("w", "x.txt", "x")]), { cwd: "sub" });
    expect(kinds(plan)).toEqual(["create sub/x.txt"]);
    await expect(runtime.plan(site.flow([write("w", "x.txt", "x")]), { cwd: "none" })).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
    });
  });

  test("a capability by its id", async () => {
    using site = openSite();
    await using runtime = await site.open();
    const plan = await runtime.plan("io.fs.write_file", {
      inputs: { path: "x", content: "{{ not.a.template }}" },
    });
    expect(decisions(plan)).toEqual(["call run"]);
    expect(plan.changes[0]?.diff).toContain("+{{ not.a.template }}");
  });
});

describe("how a run would end", () => {
  test("a step that fails: its message, nothing left, and what is not reached", async () => {
    using site = openSite();
    await using runtime = await site.open();
    const steps = [
      write("first", "x.txt", "x"),
      call("bad", "io.fs.read_file", { path: "none.txt" }),
      write("never", "y.txt", "y"),
    ];
    const plan = await runtime.plan(site.flow(steps));
    expect(decisions(plan)).toEqual(["first run", "bad fail", "never skip"]);
    expect(plan.steps[1]?.note).toMatch(/none\.txt/);
    expect(plan.steps[2]?.note).toBe('is not reached, because "bad" fails');
    expect(plan).toMatchObject({
      outcome: "rolls-back",
      changes: [],
      warnings: ['The step "bad" would fail, and the run would be rolled back.'],
    });

    const kept = await runtime.plan(site.flow(steps, { enable_auto_rollback: false }));
    expect(kept.outcome).toBe("fails");
    expect(kinds(kept)).toEqual(["create x.txt"]);
    expect(kept.warnings).toEqual([
      'The step "bad" would fail, and the run would fail; what it did until then would stay.',
    ]);
  });

  test.for([
    ["an input that the contract refuses", call("bad", "io.fs.read_file", { path: 3 }), /inputs\.path/],
    ["a template that nothing defines", { ...write("bad", "x", "{{ nothing }}") }, /nothing/],
    [
      "a step that takes too long, whose effects are taken back",
      call("bad", "test.wait.forever", {}, { timeout_seconds: 0.05 }),
      /longer than 50 ms/,
    ],
    ["a handler that reaches for the net", call("bad", "test.net.smuggle", { what: "net" }), /network_read/],
    ["a handler that starts a program", call("bad", "test.net.smuggle", { what: "process" }), /system_exec/],
    [
      "a handler that writes undeclared",
      call("bad", "test.net.smuggle", { what: "write" }),
      /filesystem_write/,
    ],
  ] as const)("%s", async ([, step, message]) => {
    using site = openSite();
    await using runtime = await site.open();
    const plan = await runtime
      .plan(site.flow([step], { unresolved: "error", initial_state: {} }))
      .catch((error: unknown) => error);
    if (plan instanceof Error) expect(plan.message).toMatch(message);
    else
      expect(plan).toMatchObject({
        outcome: "fails",
        changes: [],
        steps: [{ decision: "fail", note: expect.stringMatching(message), changes: [] }],
      });
  });

  test("the policy: what asks is shown as ask and planned on, what is denied ends the run", async () => {
    using site = openSite();
    await using runtime = await site.open();
    const policy = [
      { rule_id: "ask", requires_approval_for: ["io.fs.write_file"] },
      { rule_id: "no", denied_capabilities: ["io.fs.make_dir"] },
    ];
    const plan = await runtime.plan(
      site.flow([write("w", "x", "x"), call("dir", "io.fs.make_dir", { path: "d" }), write("z", "z", "z")], {
        policy,
      }),
    );
    expect(decisions(plan)).toEqual(["w ask", "dir deny", "z skip"]);
    expect(plan.steps.map(({ note }) => note)).toEqual([
      "rule ask asks for an approval",
      expect.stringContaining("rule no denies io.fs.make_dir"),
      'is not reached, because "dir" fails',
    ]);
    expect(plan.outcome).toBe("rolls-back");
  });

  test("a policy that throws denies", async () => {
    using site = openSite();
    await using runtime = await site.open({
      decide: () => {
        throw new Error("no policy");
      },
    });
    expect((await runtime.plan(site.flow([write("w", "x", "x")]))).steps).toMatchObject([
      { decision: "deny", note: expect.stringContaining("no policy") },
    ]);
  });
});

test("the plan's run has an id of its own, which names no run", async () => {
  using site = openSite();
  await using runtime = await site.open();
  const plan = await runtime.plan(site.flow([write("w", "x", "{{ run_id }}")]));
  expect(plan.changes[0]?.diff).toContain("+00000000-0000-7000-8000-000000000000");
  expect(() => readFileSync(join(site.workspace, "x"))).toThrow(/ENOENT/);
});
