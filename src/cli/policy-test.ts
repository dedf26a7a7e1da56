import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { CATEGORIES, fromSystem } from "../contract/errors.ts";
import { parseSpec } from "../contract/parse-spec.ts";
import { PolicyCases, runCase } from "../governance/constitution/policy-cases.ts";
import { visible } from "../kernel/consent.ts";
import { policyAt } from "./policy-source.ts";
import type { Action } from "./session.ts";
import { count } from "./text.ts";

/** Holds a policy set against a table of cases. */
export const policyTest: Action = async (session) => {
  await using home = await session.io.openHome(session.io.env);
  const [file = ""] = session.args;
  const { value } = parseSpec(readText(resolve(session.io.cwd, file), file), file, PolicyCases);
  const given = session.text("policy");
  const { digest, set } = given === undefined ? home.policies.inForce() : policyAt(session, given);
  const results = value.cases.map((each) =>
    runCase(set, home.registry.capability(each.capability).spec, each, session.workspace),
  );
  const failed = results.filter(({ ok }) => !ok);
  const { colors } = session.style;
  session.emit({ ok: failed.length === 0, policySet: digest, results }, () => [
    ...results.map(({ name, ok, expected, outcome, rules }) =>
      ok
        ? `${colors.green("✓")} ${visible(name)}`
        : `${colors.red("✗")} ${visible(name)}: expected ${visible(expected)}, is ${outcome} by ${rules.join(", ")}`,
    ),
    `${count(results.length, "case")}, ${failed.length} failed`,
  ]);
  return failed.length === 0 ? 0 : CATEGORIES.CONSTITUTION_VIOLATION.exit;
};

function readText(path: string, file: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fromSystem(error, `The file "${file}"`);
  }
}
