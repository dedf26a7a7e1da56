import { describe, expect, test } from "vitest";

import { openTestRegistry } from "../../test/contracts-registry.ts";
import { RuntimeError } from "../contract/errors.ts";
import { loadWorkflow } from "./load-workflow.ts";
import { verifies } from "../../test/requirements.ts";

verifies("workflow:spec");

const withoutPlace = (line: string) => line.replace(/^w\.yaml:\d+:\d+: /, "");

/** What is wrong with the steps, and what may be, as `path: message`; both begin on line 6. */
async function check(steps: string, more = ""): Promise<{ errors: string[]; warnings: string[] }> {
  using registry = openTestRegistry({
    part: "name: part\nversion: 1.0.0\ndescription: d\nmetadata: {owner: me}\nsteps:\n  - {name: p, capability_name: sys.info.get_time}\n",
  });
  const text = `name: w\nversion: 1.0.0\ndescription: d\nmetadata: {owner: me}\nsteps:\n${steps
    .split("\n")
    .map((line) => `  ${line}\n`)
    .join("")}${more}`;
  try {
    const { warnings } = await loadWorkflow(text, "w.yaml", registry);
    return { errors: [], warnings: warnings.map(withoutPlace) };
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== "SPEC_INVALID") throw error;
    return { errors: error.message.split("\n").map(withoutPlace), warnings: [] };
  }
}

const TIME = "- {name: time, capability_name: sys.info.get_time}";
const FILES = "- {name: files, capability_name: io.fs.list_dir, inputs: {path: p}}";
const PAGE = "- {name: page, capability_name: web.browser.navigate, inputs: {url: u}}";
const use = (text: string, more = "") =>
  `- {name: use, capability_name: io.fs.hash_file, inputs: {path: "${text}"}${more}}`;

describe("what a template may name", () => {
  test.for<[string, string, string]>([
    ["a step's field", `${TIME}\n${use("{{ time.timestamp }}")}`, ""],
    ["a step's field without the step", `${TIME}\n${use("{{ timestamp }}")}`, ""],
    ["a whole step", `${TIME}\n${use("{{ time }}")}`, ""],
    ["an element of a list", `${FILES}\n${use("{{ files.entries.0.name }}")}`, ""],
    ["initial state", use("{{ cfg.any.thing }}"), "initial_state: {cfg: {}}"],
    [
      "the workflow's id, its name and the run's id",
      use("{{ workflow_id }}{{ workflow_name }}{{ run_id }}"),
      "",
    ],
    [
      "anything of a step whose outputs are not known",
      `${PAGE}\n${use("{{ page.some.thing }}{{ title }}")}`,
      "",
    ],
    [
      "the element and the index of a foreach",
      "- {name: each, capability_name: io.fs.hash_file, foreach: [1], inputs: {path: '{{ item.name }}{{ index }}'}}",
      "",
    ],
    [
      "the element by a name of its own",
      "- {name: each, capability_name: io.fs.hash_file, foreach: [1], as: file, inputs: {path: '{{ file.name }}'}}",
      "",
    ],
    [
      "the results of a foreach",
      `- {name: each, capability_name: io.fs.hash_file, foreach: [1], inputs: {path: x}}\n${use("{{ each.results.0.checksum_sha256 }}{{ each.count }}{{ count }}")}`,
      "",
    ],
    [
      "a step beside it in a foreach round, and one around it",
      `${TIME}\n- name: each\n  foreach: [1]\n  steps:\n    - {name: t2, capability_name: sys.info.get_time}\n    - {name: u, capability_name: io.fs.hash_file, depends_on: [t2], inputs: {path: '{{ t2.timestamp }}{{ time.timezone }}{{ item }}'}}`,
      "",
    ],
    [
      "a step inside a block, from outside",
      `- name: both\n  step_type: PARALLEL\n  steps:\n    - {name: t2, capability_name: sys.info.get_time}\n${use("{{ t2.timestamp }}")}`,
      "",
    ],
    [
      "a step inside a branch, from outside",
      `- name: if\n  step_type: CONDITION\n  condition: "true"\n  then:\n    - {name: t2, capability_name: sys.info.get_time}\n${use("{{ t2.timestamp }}{{ if.result }}")}`,
      "",
    ],
    ["an approval", `- {name: gate, step_type: HUMAN_APPROVAL}\n${use("{{ gate.approved }}")}`, ""],
    [
      "the outputs of a sub-workflow",
      `- {name: sub, step_type: WORKFLOW, workflow: part}\n${use("{{ sub.timestamp }}{{ what.ever }}")}`,
      "initial_state: {what: {}}",
    ],
    [
      "what a compensation gets",
      `${TIME}\n- {name: use, capability_name: io.fs.hash_file, inputs: {path: x}, compensation: {capability_name: io.fs.hash_file, inputs: {path: "{{ time.timestamp }}{{ use.checksum_sha256 }}"}}}`,
      "",
    ],
  ])("%s", async ([, steps, more]) => {
    expect(await check(steps, more)).toEqual({ errors: [], warnings: [] });
  });
});

describe("what a template cannot name", () => {
  test.for<[string, string, string]>([
    [
      "a field that a step does not return",
      `${TIME}\n${use("{{ time.tiemstamp }}")}`,
      'steps[1].inputs.path: {{ time.tiemstamp }}: the step "time" returns no "tiemstamp"; did you mean "timestamp"?',
    ],
    [
      "a field of an element",
      `${FILES}\n${use("{{ files.entries.0.size }}")}`,
      'steps[1].inputs.path: {{ files.entries.0.size }}: the step "files" returns no "entries.0.size"',
    ],
    [
      "a name on a list",
      `${FILES}\n${use("{{ files.entries.first }}")}`,
      'steps[1].inputs.path: {{ files.entries.first }}: the step "files" returns no "entries.first"',
    ],
    [
      "a member of a text",
      `${TIME}\n${use("{{ time.timestamp.year }}")}`,
      'steps[1].inputs.path: {{ time.timestamp.year }}: the step "time" returns no "timestamp.year"',
    ],
    [
      "a step that does not exist",
      `${TIME}\n${use("{{ tiem.timestamp }}")}`,
      'steps[1].inputs.path: {{ tiem.timestamp }}: nothing is named "tiem"; did you mean "time"?',
    ],
    [
      "the fields of a foreach's steps",
      `- {name: each, capability_name: io.fs.hash_file, foreach: [1], inputs: {path: x}}\n${use("{{ each.checksum_sha256 }}")}`,
      'steps[1].inputs.path: {{ each.checksum_sha256 }}: the step "each" returns no "checksum_sha256"',
    ],
    [
      "an element outside of its foreach",
      `- {name: each, capability_name: io.fs.hash_file, foreach: [1], inputs: {path: x}}\n${use("{{ item.name }}")}`,
      'steps[1].inputs.path: {{ item.name }}: nothing is named "item"',
    ],
    [
      "an element in the list of its own foreach",
      `- {name: each, capability_name: io.fs.hash_file, foreach: "{{ item.list }}", inputs: {path: x}}`,
      'steps[0].foreach: {{ item.list }}: nothing is named "item"',
    ],
    [
      "a step inside a foreach, from outside",
      `- name: each\n  foreach: [1]\n  steps:\n    - {name: t2, capability_name: sys.info.get_time}\n${use("{{ t2.timestamp }}")}`,
      'steps[1].inputs.path: {{ t2.timestamp }}: nothing is named "t2"',
    ],
    [
      "nothing in a key for repetition",
      use("x", ', idempotency_key: "{{ no.thing }}"'),
      'steps[0].idempotency_key: {{ no.thing }}: nothing is named "no"',
    ],
    [
      "nothing in a compensation",
      use("x", ', compensation: {capability_name: io.fs.hash_file, inputs: {path: "{{ no.thing }}"}}'),
      'steps[0].compensation.inputs.path: {{ no.thing }}: nothing is named "no"',
    ],
  ])("%s", async ([, steps, error]) => {
    expect((await check(steps)).errors).toEqual([error]);
  });

  test("also in a global compensation", async () => {
    const { errors } = await check(
      TIME,
      'global_compensation_steps: [{capability_name: io.fs.hash_file, inputs: {path: "{{ no.thing }}"}}]\n',
    );
    expect(errors).toEqual([
      'global_compensation_steps[0].inputs.path: {{ no.thing }}: nothing is named "no"',
    ]);
  });
});

describe("what may go wrong is a warning", () => {
  test.for<[string, string, string, string]>([
    [
      "a plain name that nobody defines",
      use("{{ later }}"),
      "",
      'steps[0].inputs.path: {{ later }}: nothing is named "later"',
    ],
    [
      "a name that an unknown output may be",
      `${PAGE}\n${use("{{ who.knows }}")}`,
      "",
      'steps[1].inputs.path: {{ who.knows }}: nothing is named "who"',
    ],
    [
      "a step that has perhaps not ended",
      `${TIME}\n- {name: other, capability_name: sys.info.get_time, depends_on: [time]}\n${use("{{ other.timestamp }}")}`,
      "",
      'steps[2].inputs.path: {{ other.timestamp }}: the step "other" may not have ended by then; add it to depends_on',
    ],
    [
      "one that comes later",
      `${use("{{ time.timestamp }}")}\n${TIME}`,
      "",
      'steps[0].inputs.path: {{ time.timestamp }}: the step "time" may not have ended by then; add it to depends_on',
    ],
    [
      "anything, where unresolved templates are kept",
      `${TIME}\n${use("{{ no.thing }}")}`,
      "unresolved: keep\n",
      'steps[1].inputs.path: {{ no.thing }}: nothing is named "no"',
    ],
  ])("%s", async ([, steps, more, warning]) => {
    expect(await check(steps, more)).toEqual({ errors: [], warnings: [warning] });
  });
});

describe("conditions", () => {
  test.for<[string, string[]]>([
    ["time.timestamp == 'x' && run_id != ''", []],
    ["[1, 2].exists(n, n == 1) && has(time.timezone)", []],
    [
      "tiem.timestamp == 'x'",
      ['steps[1].when: tiem.timestamp: nothing is named "tiem"; did you mean "time"?'],
    ],
    ["missing", ['steps[1].when: missing: nothing is named "missing"']],
    ["time.zone == 'x'", ['steps[1].when: time.zone: the step "time" returns no "zone"']],
    [
      "'{{ time.zone }}' == 'x'",
      [
        "steps[1].when: is an expression, not a template: write names without {{ }} (got \"'{{ time.zone }}' == 'x'\")",
      ],
    ],
    ["1 +", ['steps[1].when: The expression "1 +" is not valid: Unexpected token: EOF.']],
    ["1 + 1", ['steps[1].when: The expression "1 + 1" is not valid: it gives int, not true or false.']],
  ])("%s", async ([when, errors]) => {
    expect((await check(`${TIME}\n${use("x", `, when: "${when}"`)}`)).errors).toEqual(errors);
  });
});

describe("literal inputs", () => {
  test.for<[string, string[]]>([
    ["{path: p, content: c, mode: a}", []],
    [
      '{path: "{{ run_id }}", content: "{{ run_id }}", create_dirs: "{{ run_id }}", mode: "{{ run_id }}"}',
      [],
    ],
    ['{path: "{{ run_id }}"}', ["steps[0].inputs.content: is missing"]],
    [
      "{path: 1, content: c, mode: c}",
      [
        "steps[0].inputs.path: must be string (got 1)",
        'steps[0].inputs.mode: must be one of "a", "b" (got "c")',
      ],
    ],
    ['{path: p, content: "{{ run_id }}", nope: 1}', ["steps[0].inputs.nope: is not a known field"]],
  ])("%s", async ([inputs, errors]) => {
    expect((await check(`- {name: a, capability_name: io.fs.write_file, inputs: ${inputs}}`)).errors).toEqual(
      errors,
    );
  });
});

describe("fields and types of steps", () => {
  const T = "{name: t, capability_name: sys.info.get_time}";
  test.for<[string, string[]]>([
    ["- {name: a}", ["steps[0].capability_name: is missing: a step of the type ACTION needs it"]],
    [
      `- {name: a, capability_name: sys.info.get_time, steps: [${T}]}`,
      ["steps[0].steps: belongs to a PARALLEL step, or to one with foreach"],
    ],
    [`- {name: a, foreach: [1], steps: [${T}]}`, []],
    [
      "- {name: a, capability_name: sys.info.get_time, condition: 'true'}",
      ["steps[0].condition: does not belong to a step of the type ACTION"],
    ],
    [
      "- {name: a, capability_name: sys.info.get_time, as: x, max_concurrency: 2}",
      [
        "steps[0].as: means nothing without foreach",
        "steps[0].max_concurrency: means nothing without foreach",
      ],
    ],
    [
      "- {name: a, capability_name: sys.info.get_time, retry: {max_attempts: 2}, max_retries: 1}",
      ["steps[0].max_retries: contradicts retry; give one of them"],
    ],
    ["- {name: a, step_type: HUMAN_APPROVAL, capability_name: sys.human_approval}", []],
    [
      "- {name: a, step_type: HUMAN_APPROVAL, compensation: {capability_name: sys.info.get_time}}",
      ["steps[0].compensation: does not belong to a step of the type HUMAN_APPROVAL"],
    ],
    [`- {name: a, step_type: CONDITION, condition: "true", else: [${T}]}`, []],
    [
      `- {name: a, step_type: CONDITION, then: [${T}]}`,
      ["steps[0].condition: is missing: a step of the type CONDITION needs it"],
    ],
    [
      `- {name: a, step_type: CONDITION, condition: "true", then: [${T}], steps: [${T}]}`,
      ["steps[0].steps: does not belong to a step of the type CONDITION"],
    ],
    [`- {name: a, step_type: PARALLEL, max_concurrency: 2, steps: [${T}]}`, []],
    [
      "- {name: a, step_type: PARALLEL}",
      ["steps[0].steps: is missing: a step of the type PARALLEL needs it"],
    ],
    [
      `${TIME}\n- {name: a, step_type: COMPENSATION, capability_name: sys.info.get_time, depends_on: [time]}`,
      [],
    ],
    [
      "- {name: a, step_type: COMPENSATION, capability_name: sys.info.get_time, foreach: [1]}",
      ["steps[0].foreach: does not belong to a step of the type COMPENSATION"],
    ],
    [
      "- {name: a, step_type: WORKFLOW}",
      ["steps[0].workflow: is missing: a step of the type WORKFLOW needs it"],
    ],
    [
      "- {name: a, step_type: WORKFLOW, workflow: part, retry: {max_attempts: 2}}",
      ["steps[0].retry: does not belong to a step of the type WORKFLOW"],
    ],
  ])("%s", async ([step, errors]) => {
    expect((await check(step)).errors).toEqual(errors);
  });

  test("are checked inside of blocks too", async () => {
    const { errors } = await check(
      "- name: all\n  step_type: PARALLEL\n  steps:\n    - {name: x, capability_name: no.such}\n    - {name: x, capability_name: sys.info.get_time, depends_on: [outside]}",
    );
    expect(errors).toEqual([
      'steps[0].steps[0].capability_name: There is no capability "no.such".',
      'steps[0].steps[1].name: "x" is also the name of the step 1 of this list',
      'steps[0].steps[1].depends_on[0]: there is no step "outside" beside it',
    ]);
  });
});

const step = (name: string, needs: string[]) =>
  `- {name: ${name}, capability_name: sys.info.get_time, depends_on: [${needs.join(", ")}]}`;

describe("order", () => {
  test.for<[Record<string, string[]>, string[]]>([
    [{ a: [], b: ["a"], c: ["a", "b", "a"] }, []],
    [
      { a: ["c"], b: ["a"], c: ["b"] },
      ["steps[0].depends_on: the steps wait for each other: a -> c -> b -> a"],
    ],
    [
      { a: ["b"], b: ["a"], x: ["y"], y: ["x"] },
      [
        "steps[0].depends_on: the steps wait for each other: a -> b -> a",
        "steps[2].depends_on: the steps wait for each other: x -> y -> x",
      ],
    ],
    [{ a: ["a", "b"], b: [] }, ['steps[0].depends_on[0]: the step "a" depends on itself']],
    [
      { start: [], a: ["start", "b"], b: ["a"], end: ["b"] },
      [
        "steps[1].depends_on: the steps wait for each other: a -> b -> a",
        'steps[3]: the step "end" can never start: it waits for "b", which is part of a cycle',
      ],
    ],
  ])("%j", async ([needs, errors]) => {
    expect(
      (
        await check(
          Object.entries(needs)
            .map(([name, needed]) => step(name, needed))
            .join("\n"),
        )
      ).errors,
    ).toEqual(errors);
  });
});
