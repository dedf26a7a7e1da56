import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { admits } from "./audience.ts";

verifies("governance:chain");

test.for<[readonly string[] | undefined, string, string, boolean]>([
  [undefined, "eve", "", true],
  [["human:ann"], "ann", "", true],
  [["human:ann"], "ann", "claude", false],
  [["human:ann"], "anna", "", false],
  [["human:a.n"], "ann", "", false],
  [["agent:*"], "ann", "claude", true],
  [["agent:*"], "ann", "", false],
  [["agent:cl*"], "ann", "claude\n", true],
  [["agent:cl*"], "ann", "xclaude", false],
  [["human:bob", "human:ann"], "ann", "", true],
  [[], "ann", "", false],
])("%j and %s with the agent %j: %s", ([patterns, human, agent, expected]) => {
  expect(admits(patterns, { human, agent, session: "", service: "", scopes: [] })).toBe(expected);
});
