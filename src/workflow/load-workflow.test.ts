import { describe, expect, test } from "vitest";

import { openTestRegistry } from "../../test/contracts-registry.ts";
import { digestOf } from "../contract/digest.ts";
import { RuntimeError } from "../contract/errors.ts";
import { loadWorkflow } from "./load-workflow.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:spec");

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
    "w.yaml:34:5: steps[7].foreach: does not belong to a step of the type HUMAN_APPROVAL",
    "w.yaml:35:5: steps[8].then: is missing: a CONDITION step needs then, else or both",
    `w.yaml:37:16: steps[8].condition: The expression "targt == 'x' &&" is not valid: Unexpected token: EOF.`,
    'w.yaml:41:20: steps[9].inputs.path: {{ selfish.tiemstamp }}: the step "selfish" returns no "tiemstamp"; did you mean "timestamp"?',
    'w.yaml:42:11: steps[9].when: selfish.zone: the step "selfish" returns no "zone"',
    'w.yaml:43:37: steps[9].compensation.capability_name: There is no capability "io.fs.delte".',
    'w.yaml:46:15: steps[10].workflow: There is no workflow "load_test_quik"; did you mean "load_test_quick"?',
    'w.yaml:48:16: steps[11].step_type: must be one of ACTION, HUMAN_APPROVAL, CONDITION, PARALLEL, COMPENSATION, WORKFLOW; did you mean "PARALLEL"? (got "PARALEL")',
    "w.yaml:51:48: global_compensation_steps[0].inputs.path: is missing",
  ]);
});

describe("a file that breaks the schema", () => {
  test.for<[string, string[]]>([
    [HEAD, ["w.yaml:1:1: steps: is missing"]],
    ["- a", ['w.yaml:1:1: must be a mapping (got ["a"])']],
    [
      "version: 1.0.0\nsteps:\n  - capability_name: io.fs.hash_fiel\n",
      [
        "w.yaml:1:1: name: is missing",
        "w.yaml:1:1: description: is missing",
        "w.yaml:1:1: metadata: is missing",
        "w.yaml:3:5: steps[0].name: is missing",
        'w.yaml:3:22: steps[0].capability_name: There is no capability "io.fs.hash_fiel"; did you mean "io.fs.hash_file"?',
      ],
    ],
    [
      `${HEAD}steps:\n  - {name: a, capability_name: no.such, compensation: {inputs: {}}}\n  - {name: b, capability_name: no.such2, depends_on: 5}\n`,
      [
        'w.yaml:6:32: steps[0].capability_name: There is no capability "no.such".',
        "w.yaml:6:55: steps[0].compensation.capability_name: is missing",
        'w.yaml:7:32: steps[1].capability_name: There is no capability "no.such2".',
        "w.yaml:7:54: steps[1].depends_on: must be a list (got 5)",
      ],
    ],
    [
      `${HEAD}steps:\n  - {name: a, capability_name: no.such}\n  - 7\n`,
      ["w.yaml:7:5: steps[1]: must be a mapping (got 7)"],
    ],
  ])("%j", async ([text, problems]) => {
    expect(await problemsIn(text)).toEqual(problems);
  });
});

const SUB = (name: string, steps: string) =>
  `name: ${name}\nversion: 1.0.0\ndescription: d\nmetadata: {owner: me}\nsteps:\n${steps}`;
const CALL = (name: string, workflow: string, inputs = "{}") =>
  `  - {name: ${name}, step_type: WORKFLOW, workflow: ${workflow}, inputs: ${inputs}}\n`;

describe("sub-workflows", () => {
  test("are loaded by name, also from inside each other, and see what they are given", async () => {
    const outer = SUB(
      "outer",
      CALL("x", "middle", "{name: n}") + CALL("y", "inner", "{zone: z}") + CALL("z", "inner"),
    );
    using registry = openTestRegistry({
      middle: SUB("middle", CALL("again", "inner")),
      inner: SUB(
        "inner",
        "  - {name: t, capability_name: sys.info.get_time, inputs: {timezone: '{{ zone }}'}}\n",
      ),
    });
    const { subSpecs, warnings } = await loadWorkflow(outer, "outer.yaml", registry);
    expect(Object.keys(subSpecs)).toEqual(["inner", "middle"].toSorted());
    expect(subSpecs["inner"]?.steps[0]?.name).toBe("t");
    expect(warnings).toEqual([
      expect.stringMatching(
        /inner\.yaml:6:\d+: steps\[0\]\.inputs\.timezone: \{\{ zone \}\}: nothing is named "zone"/,
      ),
    ]);
  });

  test("cannot contain themselves", async () => {
    const problems = await problemsIn(SUB("outer", CALL("x", "middle")), {
      middle: SUB("middle", CALL("y", "inner")),
      inner: SUB("inner", CALL("z", "middle")),
    });
    expect(problems).toEqual([
      expect.stringMatching(
        /inner\.yaml:6:\d+: steps\[0\]\.workflow: a workflow cannot contain itself: outer -> middle -> inner -> middle$/,
      ),
    ]);
  });

  test("are reported with their own files, after the file that names them", async () => {
    const problems = await problemsIn(
      SUB("outer", `${CALL("x", "broken")}${CALL("y", "faulty")}  - {name: z, capability_name: no.such}\n`),
      {
        broken: "name: broken\nsteps: [",
        faulty: SUB("faulty", "  - {name: a, capability_name: not.there}\n"),
      },
    );
    expect(await problemsIn(SUB("outer", CALL("x", "empty")), { empty: HEAD.replace("w", "empty") })).toEqual(
      [expect.stringMatching(/empty\.yaml:1:1: steps: is missing$/)],
    );
    expect(problems).toEqual([
      'w.yaml:8:32: steps[2].capability_name: There is no capability "no.such".',
      expect.stringMatching(/faulty\.yaml:6:32: steps\[0\]\.capability_name/),
      expect.stringMatching(/broken\.yaml:2:\d+: /),
    ]);
  });
});
