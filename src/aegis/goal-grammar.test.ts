import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { readGoal } from "./goal-grammar.ts";
import { lexGoal } from "./lex-goal.ts";

verifies("aegis:quest");

test("a goal of many clauses that can each be read in two ways is ambiguous, and takes no time", () => {
  const clauses = Array.from({ length: 60 }, (_, at) => `read the text of a${at}.pdf`);
  const readings = readGoal(lexGoal(clauses.join(" and ")));
  expect(readings.length).toBeGreaterThan(1);
  expect(new Set(readings.map((drafts) => drafts.length))).toEqual(new Set([60]));
});

test("where one clause is no sentence, there is no reading", () => {
  expect(readGoal(lexGoal("get the time and dance"))).toEqual([]);
});
