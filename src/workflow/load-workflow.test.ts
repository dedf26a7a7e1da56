import { describe, expect, test } from "vitest";

import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { loadWorkflow } from "./load-workflow.ts";
import { openTestRegistry } from "./test-registry.ts";

const HEAD = "name: w\nversion: 1.0.0\ndescription: d\nmetadata: {owner: me}\n";

async function problemsIn(text: string, workflows: Record<string, string> = {}): Promise<string[]> {
  using registry = openTestRegistry(workflows);
  try {
    await loadWorkflow(text, "w.yaml", registry);
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "SPEC_INVALID") return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("what is shipped", () => {
  test.for<[string, string[]]>([
    ["load_test_quick", ["get_time", "render_content", "write_file", "hash_file"]],
    ["load_test_paused", ["write_file_before_pause", "approval_gate", "write_file_after_pause"]],
    ["aegis_financial_summary_ppt", ["write_mock_report", "write_summary", "write_ppt_artifact"]],
    ["web_research", ["navigate", "snapshot"]],
  ])("%s loads without a warning", async ([name, steps]) => {
    using registry = openTestRegistry();
    const { text, file } = registry.workflow(name);
    const loaded = await loadWorkflow(text, file, registry);
    expect(loaded.spec.steps.map((step) => step.name)).toEqual(steps);
    expect(loaded.warnings).toEqual([]);
    expect(loaded.digest).toBe(digestOf(loaded.spec));
    expect(loaded.subSpecs).toEqual({});
    expect(loaded.locate(["steps", 1, "name"], "key").line).toBeGreaterThan(20);
  });
});

const FAULTY = `name: faulty
version: one
description: Everything is wrong here.
metadata:
  owner: me
  ovner: you
initial_state: {target: out.txt}
steps:
  - name: first
    capability_name: io.fs.wirte_file
    inputs: {path: a, content: b}
  - name: first
    capability_name: io.fs.write_file
    inputs: {pth: a, content: 5}
    depends_on: [frist]
  - name: loop_a
    capability_name: sys.info.get_time
    depends_on: [loop_b]
  - name: loop_b
    capability_name: sys.info.get_time
    depends_on: [loop_a]
  - name: after_loop
    capability_name: sys.info.get_time
    depends_on: [loop_b]
  - name: selfish
    capability_name: sys.info.get_time
    depends_on: [selfish]
    max_retries: 100
  - name: proposed
    capability_name: net.search.google
  - name: gate
    step_type: HUMAN_APPROVAL
    capability_name: io.fs.write_file
    foreach: [1]
  - name: choose
    step_type: CONDITION
    condition: "targt == 'x' &&"
    depends_on: [gate]
  - name: hash
    capability_name: io.fs.hash_file
    inputs: {path: "{{ proposed.file }} {{ selfish.tiemstamp }} {{ nobody.name }}"}
    when: "targt == 'x' && selfish.zone == 'y'"
    compensation: {capability_name: io.fs.delte}
  - name: sub
    step_type: WORKFLOW
    workflow: load_test_quik
  - name: par
    step_type: PARALEL
    steps: []
global_compensation_steps:
  - {capability_name: io.fs.hash_file, inputs: {}}
`;

test("every fault of a file is reported at once, each with its line and column", async () => {
  expect(await problemsIn(FAULTY)).toEqual([
    'w.yaml:2:10: version: must look like 1.2.3 (got "one")',
    'w.yaml:6:3: metadata.ovner: is not a known field; did you mean "owner"?',
    'w.yaml:10:22: steps[0].capability_name: There is no capability "io.fs.wirte_file"; did you mean "io.fs.write_file"?',
    'w.yaml:12:11: steps[1].name: "first" is also the name of the step 1 of this list',
    "w.yaml:14:13: steps[1].inputs.path: is missing",
    'w.yaml:14:14: steps[1].inputs.pth: is not a known field; did you mean "path"?',
    "w.yaml:14:31: steps[1].inputs.content: must be string (got 5)",
    'w.yaml:15:18: steps[1].depends_on[0]: there is no step "frist" beside it; did you mean "first"?',
    "w.yaml:18:17: steps[2].depends_on: the steps wait for each other: loop_a -> loop_b -> loop_a",
    'w.yaml:22:5: steps[4]: the step "after_loop" can never start: it waits for "loop_b", which is part of a cycle',
    'w.yaml:27:18: steps[5].depends_on[0]: the step "selfish" depends on itself',
    "w.yaml:28:18: steps[5].max_retries: must be at most 99 (got 100)",
    "w.yaml:30:22: steps[6].capability_name: net.search.google is only a proposal.",
    'w.yaml:33:22: steps[7].capability_name: must be human.approve or sys.human_approval for a HUMAN_APPROVAL step, or be left out (got "io.fs.write_file")',
    "w.yaml:34:5: steps[7].foreach: does not belong to a HUMAN_APPROVAL step",
    "w.yaml:35:5: steps[8].then: is missing: a CONDITION step needs then, else or both",
    `w.yaml:37:16: steps[8].condition: The expression "targt == 'x' &&" is not valid: Unexpected token: EOF.`,
    'w.yaml:41:20: steps[9].inputs.path: {{ selfish.tiemstamp }}: the step "selfish" returns no "tiemstamp"; did you mean "timestamp"?',
    'w.yaml:43:37: steps[9].compensation.capability_name: There is no capability "io.fs.delte".',
    'w.yaml:46:15: steps[10].workflow: There is no workflow "load_test_quik"; did you mean "load_test_quick"?',
    'w.yaml:48:16: steps[11].step_type: must be one of ACTION, HUMAN_APPROVAL, CONDITION, PARALLEL, COMPENSATION, WORKFLOW; did you mean "PARALLEL"? (got "PARALEL")',
  ]);
});
