import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { verifies } from "./requirements.ts";

verifies("docs:true");

const ROOT = join(import.meta.dirname, "..");
const page = readFileSync(join(ROOT, "docs/security.md"), "utf8");
const [, section = ""] = page.split("\n## Threats\n");
const [table = ""] = section.split("\n## ");
const rows = table.split("\n").filter((line) => /^\| (?!-|Threat |Class )/.test(line));
const named = rows.map((row) => ({
  row: row.slice(0, 60),
  tests: [...row.matchAll(/`((?:src|test)\/[\w./-]+\.ts)` "([^"]+)"/g)].map(([, file = "", title = ""]) => ({
    file,
    title,
  })),
}));

test("every threat of the OWASP list is there, once", () => {
  const ids = named.flatMap(({ row }) => /ASI\d\d/.exec(row) ?? []);
  expect(ids).toEqual(Array.from({ length: 10 }, (_, index) => `ASI${String(index + 1).padStart(2, "0")}`));
});

test.for(named)("$row names tests that exist", ({ tests }) => {
  expect(tests.length).toBeGreaterThan(0);
  for (const { file, title } of tests) expect(readFileSync(join(ROOT, file), "utf8")).toContain(title);
});
