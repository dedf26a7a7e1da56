import { expect, test } from "vitest";

import { createTestContext } from "../test-context.ts";
import { handler } from "./regex-match.ts";
import { verifies } from "../../../test/requirements.ts";

verifies("stdlib:contract");

type Flags = Parameters<typeof handler>[1]["flags"];

test.for<[string, string, string, Flags, string[]]>([
  ["only the first", "aba", "a", [], ["a"]],
  ["every one", "aba", "a", ["global"], ["a", "a"]],
  ["without regard to case", "A", "a", ["ignorecase"], ["A"]],
  ["lines", "a\nb", "^b$", ["m"], ["b"]],
  ["a dot for a line feed", "a\nb", "a.b", ["dotall"], ["a\nb"]],
  ["a whole character", "😀", ".", ["g"], ["😀"]],
  ["needless escapes", "a-b", "a\\-b", [], ["a-b"]],
  ["Python's named group", "ab", "(?P<x>b)", [], ["b"]],
])("%s", async ([, text, pattern, flags, expected]) => {
  const { matches } = (await handler(createTestContext(), { text, pattern, flags })) as {
    matches: { match: string }[];
  };
  expect(matches.map(({ match }) => match)).toEqual(expected);
});

test("a group that took no part is null", async () => {
  const result = await handler(createTestContext(), { text: "b", pattern: "(a)|(?<n>c)|b", flags: [] });
  expect(result).toMatchObject({ matches: [{ groups: [null, null], named: { n: null }, start: 0, end: 1 }] });
});
