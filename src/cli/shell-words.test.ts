import { execFileSync } from "node:child_process";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { quoteWords } from "./shell-words.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

const NUL = String.fromCharCode(0);

function readByBash(line: string): string[] {
  const out = execFileSync("bash", ["-c", `printf '%s\\0' ${line}`], { encoding: "utf8" });
  return out.split(NUL).slice(0, -1);
}

test("leaves plain words as they are", () => {
  expect(quoteWords(["airun", "undo", "0192-ab", "--workspace", "./work_1"])).toBe(
    "airun undo 0192-ab --workspace ./work_1",
  );
});

test.for([
  ["$(rm -rf ~)"],
  ["it's; echo pwned"],
  ["line\nfeed"],
  ["\u001b]0;title\u0007"],
  ["bidi\u202etxt"],
  ["back\\slash\u0001'"],
  ["*"],
  [""],
] as const)("a shell reads %j as one word", ([word]) => {
  const line = quoteWords([word]);
  expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(readByBash(line)).toEqual([word]);
});

test("a shell reads any words back", () => {
  const word = fc
    .string({ unit: "binary", maxLength: 20 })
    .filter((text) => !text.includes(NUL) && text.isWellFormed());
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      expect(readByBash(quoteWords(words))).toEqual(words);
    }),
    { numRuns: 25 },
  );
});
