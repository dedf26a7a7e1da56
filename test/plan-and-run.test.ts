import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { branch, call, openSite, write } from "./plan-fixture.ts";
import { snapshot } from "./snapshot.ts";
import { verifies } from "./requirements.ts";

verifies("workflow:plan");

const path = fc.constantFrom("a", "a/b", "a/b.txt", "c.txt", "d", "d/e.txt", "new/x");
const action = fc.oneof(
  fc
    .record({ path, text: fc.constantFrom("b\n", "two\n", "{{ pick }}\n"), create_dirs: fc.boolean() })
    .map(({ path: at, text, create_dirs }) => ({
      ...write("s", at, text),
      inputs: { path: at, content: text, create_dirs },
    })),
  path.map((at) => call("s", "io.fs.append_file", { path: at, content: "more" })),
  path.map((at) => call("s", "io.fs.make_dir", { path: at, parents: true })),
  fc.tuple(path, fc.boolean()).map(([at, recursive]) => call("s", "io.fs.delete", { path: at, recursive })),
  fc
    .tuple(path, path, fc.boolean(), fc.constantFrom("move", "copy"))
    .map(([source, destination, overwrite, op]) =>
      call("s", `io.fs.${op}`, { source, destination, overwrite }),
    ),
);
const step = fc.oneof(
  { weight: 4, arbitrary: action },
  {
    weight: 1,
    arbitrary: action.map((inner) => branch("s", "pick == 'x'", [inner], [write("t", "else.txt", "e")])),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(path, { maxLength: 3 })
      .map((foreach) => ({ ...write("s", "{{ item }}.each", "each"), foreach, max_concurrency: 1 })),
  },
  { weight: 1, arbitrary: action.map((inner) => ({ ...inner, when: "pick == 'y'" })) },
);

const ENDS = { completes: "COMPLETED", "rolls-back": "ROLLED_BACK", fails: "FAILED", unknown: "" };

test("a run changes what its plan said, fails where it said, and ends as it said", async () => {
  using site = openSite();
  await using runtime = await site.open({ decide: () => ({ outcome: "allow", rules: [] }) });
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 5 }),
      fc.constantFrom("x", "y"),
      async (steps, pick) => {
        const cwd = `run-${count++}`;
        const directory = join(site.workspace, cwd);
        mkdirSync(join(directory, "a"), { recursive: true });
        mkdirSync(join(directory, "d"));
        writeFileSync(join(directory, "a/b.txt"), "b\n");
        writeFileSync(join(directory, "c.txt"), "c\n");
        const flow = site.flow(
          steps.map((each, index) => ({ ...each, name: `s${index}`, max_retries: 0 })),
          { initial_state: { pick } },
        );

        const before = snapshot(directory);
        const plan = await runtime.plan(flow, { cwd });
        expect(snapshot(directory)).toEqual(before);
        const view = await runtime.run(flow, { cwd });
        expect(plan.changes.map(({ kind, target }) => `${kind} ${target}`).sort()).toEqual(
          differences(cwd, before, snapshot(directory)),
        );
        expect(view.status).toBe(ENDS[plan.outcome]);
        const failed = plan.steps.find(({ decision }) => decision === "fail");
        expect(failed?.note).toBe(view.failure?.message);
      },
    ),
    { numRuns: 40 },
  );
});

function differences(cwd: string, before: readonly string[], after: readonly string[]): string[] {
  const [left, right] = [byPath(before), byPath(after)];
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((each) => left.get(each) !== right.get(each))
    .flatMap((each) => kindsOf(left.get(each), right.get(each)).map((kind) => `${kind} ${cwd}/${each}`))
    .sort();
}

function kindsOf(before: string | undefined, after: string | undefined): string[] {
  if (before !== undefined && after !== undefined && before !== "dir" && after !== "dir") return ["change"];
  const made = after === undefined ? [] : [after === "dir" ? "make-dir" : "create"];
  return before === undefined ? made : ["delete", ...made];
}

function byPath(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.map((line) => [(line.split(" ")[0] ?? "").replace(/\/$/, ""), /\/ \d+$/.test(line) ? "dir" : line]),
  );
}
