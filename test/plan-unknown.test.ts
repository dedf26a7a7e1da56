import { chmodSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { branch, call, decisions, kinds, planIn, write } from "./plan-fixture.ts";
import { workflow } from "./run-script.ts";
import { scratch } from "./scratch.ts";
import { verifies } from "./requirements.ts";

verifies("workflow:plan");

const fetchStep = call("fetch", "test.net.fetch", { url: "https://example.com/page" });

test("a request is named and not sent, and what depends on its answer is unknown", async () => {
  using at = scratch();
  const plan = await planIn(
    at.path,
    workflow({
      steps: [
        fetchStep,
        call("encode", "data.base64.encode", { text: "{{ fetch.body }}" }),
        call("again", "data.base64.encode", { text: "{{ encode.base64 }}" }),
        call("flat", "data.base64.encode", { text: "{{ body }}" }),
        call("whole", "data.base64.encode", { text: "v {{ fetch }}" }),
        { ...call("maybe", "data.base64.encode", { text: "x" }), when: "fetch.status == 200.0" },
        { ...call("keyed", "data.base64.encode", { text: "x" }), idempotency_key: "{{ status }}" },
        call("apart", "data.base64.encode", { text: "x" }),
      ],
    }),
  );
  expect(decisions(plan)).toEqual([
    "fetch run",
    "encode unknown",
    "again unknown",
    "flat unknown",
    "whole unknown",
    "maybe unknown",
    "keyed unknown",
    "apart run",
  ]);
  expect(plan.steps.slice(1, 7).map(({ note }) => note)).toEqual([
    'depends on fetch.body of the step "fetch"',
    'depends on encode.base64 of the step "encode"',
    'depends on body of the step "fetch"',
    'depends on fetch of the step "fetch"',
    'depends on fetch.status of the step "fetch"',
    'depends on status of the step "fetch"',
  ]);
  expect(plan.steps[0]).toMatchObject({
    note: expect.stringContaining("not carried out"),
    changes: [{ kind: "request", target: "https://example.com/page" }],
  });
  expect(plan.steps[1]?.inputs).toEqual({ text: '(of the step "fetch")' });
  expect(plan).toMatchObject({ outcome: "unknown", changes: [], warnings: [] });
});

test("after an unknown change of files, what reads files or would fail is unknown, and what only writes is not", async () => {
  using at = scratch();
  writeFileSync(join(at.path, "page.html"), "old");
  const plan = await planIn(
    at.path,
    workflow({
      steps: [
        fetchStep,
        write("save", "page.html", "{{ body }}"),
        call("hash", "io.fs.hash_file", { path: "page.html" }),
        call("none", "io.fs.read_file", { path: "other.html" }),
        call("drop", "io.fs.delete", { path: "third.html" }),
        call("copy", "io.fs.copy", { source: "page.html", destination: "copy.html" }),
        write("log", "log.txt", "done"),
        write("sum", "sum.txt", "{{ hash.checksum_sha256 }}"),
      ],
    }),
  );
  expect(decisions(plan)).toEqual([
    "fetch run",
    "save unknown",
    "hash unknown",
    "none unknown",
    "drop unknown",
    "copy unknown",
    "log run",
    "sum unknown",
  ]);
  expect(plan.steps[1]?.inputs).toEqual({ path: "page.html", content: '(of the step "fetch")' });
  expect(plan.steps[2]?.note).toBe('may find other files, because of the step "save"');
  expect(plan.steps[4]?.note).toMatch(/now it would fail: "third.html" does not exist/);
  expect(kinds(plan)).toEqual(["create log.txt"]);
  expect(plan.warnings).toContain('Which files the step "save" would change is not known.');
});

test("a program is named and not started; it may change files", async () => {
  using at = scratch();
  const plan = await planIn(
    at.path,
    workflow({
      steps: [
        call("run", "sys.exec.run", { command: "ls", args: ["-l", "x"] }),
        call("read", "io.fs.exists", { path: "x" }),
      ],
    }),
  );
  expect(kinds({ changes: plan.steps[0]?.changes ?? [] })).toEqual(["start-process ls -l x"]);
  expect(decisions(plan)).toEqual(["run run", "read unknown"]);
});

test("a CONDITION that is not known shows both branches, and what they would set is unknown too", async () => {
  using at = scratch();
  const steps = [
    fetchStep,
    branch(
      "check",
      "body == ''",
      [call("yes", "data.base64.encode", { text: "y" }), { name: "asked", step_type: "HUMAN_APPROVAL" }],
      [
        { name: "all", step_type: "PARALLEL", steps: [write("no", "no", "n")] },
        {
          name: "each",
          capability_name: "data.base64.encode",
          foreach: ["a"],
          inputs: { text: "{{ item }}" },
        },
        { name: "back", step_type: "COMPENSATION", capability_name: "io.fs.delete", inputs: { path: "no" } },
      ],
    ),
    call("after", "data.base64.encode", { text: "{{ yes.base64 }}" }),
    call("loop", "data.base64.encode", { text: "v {{ each.results }}" }),
  ];
  const plan = await planIn(at.path, workflow({ steps }));
  expect(decisions(plan)).toEqual([
    "fetch run",
    "check unknown",
    ..."check/yes check/asked check/all check/all/no check/each check/each[*]/each check/back"
      .split(" ")
      .map((key) => `${key} unknown`),
    "after unknown",
    "loop unknown",
  ]);
  expect(plan.steps[2]?.note).toBe('is in "check", which depends on body of the step "fetch"');
  expect(plan.steps.at(-2)?.note).toBe('depends on yes.base64 of the step "check"');
  expect(plan.warnings).toEqual(['Which files the step "check" would change is not known.']);
});

test("a foreach over what is not known; one element that is not known leaves the others exact", async () => {
  using at = scratch();
  const each = {
    name: "each",
    capability_name: "io.fs.write_file",
    as: "x",
    inputs: { path: "{{ x }}", content: "c" },
  };
  const unknown = await planIn(
    at.path,
    workflow({
      steps: [
        fetchStep,
        { ...each, foreach: "{{ body }}" },
        call("n", "data.base64.encode", { text: "v {{ each.count }}" }),
      ],
    }),
  );
  expect(decisions(unknown)).toEqual(["fetch run", "each unknown", "each[*]/each unknown", "n unknown"]);
  const partly = await planIn(
    at.path,
    workflow({ steps: [fetchStep, { ...each, foreach: ["a", "{{ body }}"] }] }),
  );
  expect(decisions(partly)).toEqual(["fetch run", "each run", "each[0]/each run", "each[1]/each unknown"]);
  expect(kinds(partly)).toEqual(["create a"]);
});

test("a sub-workflow knows what is passed to it, each input for itself", async () => {
  using at = scratch();
  const child = workflow({
    name: "child",
    steps: [write("known", "{{ path }}", "c"), call("not", "data.base64.encode", { text: "{{ text }}" })],
  });
  const sub = {
    name: "sub",
    step_type: "WORKFLOW",
    workflow: "child",
    inputs: { path: "p.txt", text: "{{ body }}" },
  };
  const plan = await planIn(at.path, workflow({ steps: [fetchStep, sub] }), { subSpecs: { child } });
  expect(decisions(plan)).toEqual(["fetch run", "sub run", "sub/known run", "sub/not unknown"]);
  const skipped = await planIn(
    at.path,
    workflow({
      steps: [
        fetchStep,
        { ...sub, when: "status == 1.0" },
        call("after", "data.base64.encode", { text: "{{ sub.base64 }}" }),
      ],
    }),
    { subSpecs: { child } },
  );
  expect(decisions(skipped)).toEqual([
    "fetch run",
    "sub unknown",
    "sub/known unknown",
    "sub/not unknown",
    "after unknown",
  ]);
});

test("an approval is asked even where its text is not known yet", async () => {
  using at = scratch();
  const plan = await planIn(
    at.path,
    workflow({
      steps: [
        fetchStep,
        { name: "ask", step_type: "HUMAN_APPROVAL", inputs: { message: "{{ body }}", n: 1 } },
      ],
    }),
  );
  expect(plan.steps[1]).toMatchObject({ decision: "ask", note: '(of the step "fetch")', inputs: { n: 1 } });
});

test("a plan needs no right to write: a read-only directory stays untouched, even for a moment", async () => {
  using at = scratch();
  mkdirSync(join(at.path, "d"));
  writeFileSync(join(at.path, "d/f"), "f");
  chmodSync(join(at.path, "d"), 0o555);
  chmodSync(at.path, 0o555);
  const times = () =>
    ["", "d", "d/f"]
      .map((path) => lstatSync(join(at.path, path), { bigint: true }))
      .map(({ mtimeNs, ctimeNs }) => [mtimeNs, ctimeNs]);
  const before = times();
  const plan = await planIn(
    at.path,
    workflow({
      steps: [
        write("w", "d/f", "new"),
        write("n", "n", "n"),
        call("rm", "io.fs.delete", { path: "d", recursive: true }),
      ],
    }),
  );
  expect(kinds(plan)).toEqual(["delete d", "delete d/f", "create n"]);
  expect(times()).toEqual(before);
  expect(readdirSync(at.path)).toEqual(["d"]);
  chmodSync(at.path, 0o755);
  chmodSync(join(at.path, "d"), 0o755);
});
