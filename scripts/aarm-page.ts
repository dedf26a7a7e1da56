import { AARM_TESTS } from "../test/aarm-table.ts";

/** The reference page of the AARM tests, from the table that they run by. */
export function documentAarm(): string {
  const must = AARM_TESTS.filter(({ level }) => level === "MUST").length;
  return [
    "# AARM v1.0",
    "Generated from `test/aarm-table.ts`.",
    `The ${AARM_TESTS.length} technical tests of Autonomous Action Runtime Management v1.0 (Cloud Security Alliance; \`aarm-dev/docs\`, conformance/testing): ${must} MUST, ${AARM_TESTS.length - must} SHOULD. \`npm test\` runs each of them in \`test/aarm.test.ts\`, against a real workspace. This is no certification: that also asks for audits and users in production.`,
    [
      "| Test | Level | What is done | What is seen | Result |",
      "|---|---|---|---|---|",
      ...AARM_TESTS.map(({ id, level, done, seen }) => `| ${id} | ${level} | ${done} | ${seen} | passes |`),
    ].join("\n"),
  ]
    .join("\n\n")
    .concat("\n");
}
