import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { HANDLERS } from "./handlers.ts";
import { createTestContext } from "./test-context.ts";

verifies("stdlib:hostile");

const manyAs = `${"a".repeat(60)}!`;
const nested = (levels: number, inner: string, quantifier: string) =>
  `${"(?:".repeat(levels)}${inner}${`)${quantifier}`.repeat(levels)}`;
const OPTIONAL_CHAIN = "a?".repeat(40) + "a".repeat(41);

/** Patterns that take exponential or high polynomial time to match, and such as take it to compile. */
const SLOW_PATTERNS: readonly (readonly [name: string, pattern: string, text: string])[] = [
  ["alternatives that overlap", "^(a|aa)+$", manyAs],
  ["an alternative that is optional", "^(a|a?)+$", manyAs],
  ["a class, repeated twice", "^([a-zA-Z]+)*$", manyAs],
  ["many wild parts", "^(.*a){20}$", `${"a".repeat(5000)}!`],
  [
    "an address of mail",
    "^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$",
    manyAs,
  ],
  ["the name of a class of Java", "^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(60)],
  ["a back-reference", "(x+x+)+y\\1", "x".repeat(60)],
  ["a look-ahead", "^(?=(a+)+$)", manyAs],
  ["a negative look-ahead", "^(?!(a+)+$)b", manyAs],
  ["lazy quantifiers", "^(a+?)+?$", manyAs],
  ["loops over nothing", "^(a*)*b$", "a".repeat(60)],
  ["the space at the end of a line", "\\s+$", `${" ".repeat(1_000_000)}x`],
  [
    "slow to compile, and its cost is beyond counting",
    `${OPTIONAL_CHAIN}${nested(8, "b", "{0,3}")}`,
    "a".repeat(40),
  ],
  ["groups in groups", `${nested(2400, "a", "+")}b`, manyAs],
];

test.for<readonly [name: string, id: string, inputs: Record<string, unknown>]>([
  ...SLOW_PATTERNS.map(
    ([name, pattern, text]) => [name, "text.regex.match", { text, pattern, flags: [] }] as const,
  ),
  ...(["match", "search"] as const).map(
    (name) =>
      [
        `a pattern for ${name}() that is slow to compile, from a value`,
        "data.jsonpath.query",
        {
          json_string: [{ text: "a".repeat(40), pattern: OPTIONAL_CHAIN }],
          path: `$[?${name}(@.text, @.pattern)]`,
        },
      ] as const,
  ),
  [
    "a pattern to search files for that is slow to compile",
    "io.fs.search",
    {
      path: ".",
      query: OPTIONAL_CHAIN,
      regex: true,
      ignore_case: false,
      files: "*",
      include_hidden: false,
      max_matches: 10,
    },
  ],
])("%s: LIMIT_EXCEEDED", async ([, id, inputs]) => {
  const handler = await HANDLERS[id]?.();
  await expect(handler?.(createTestContext(), inputs)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
});
