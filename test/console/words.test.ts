import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { fieldsOf, inputsOf } from "../../src/console/start/schema.ts";
import { LANGUAGES, textOf, type Word, WORDS } from "../../src/console/words/words.ts";
import { RUN_STATUSES } from "../../src/contract/rest/run.ts";
import { verifies } from "../requirements.ts";

verifies("console:works");

const texts: readonly (readonly [string, readonly [string, string]])[] = Object.entries(WORDS);
const CONSOLE = join(import.meta.dirname, "../../src/console");
const sources = readdirSync(CONSOLE, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.startsWith("words/"))
  .map((name) => readFileSync(join(CONSOLE, name), "utf8"))
  .join("");

/** What fills a text, in one order. */
function namesIn(text: string): string {
  return [...text.matchAll(/\{(\w+)\}/g)]
    .map(([, name = ""]) => name)
    .toSorted((a, b) => a.localeCompare(b))
    .join();
}

function isUsed(word: string): boolean {
  return (
    sources.includes(`"${word}"`) ||
    sources.includes(`"${word.replace(/\.(one|other)$/, "")}"`) ||
    // Made of a beginning and a name.
    [...word.matchAll(/\./g)].some(({ index }) => sources.includes(`\`${word.slice(0, index + 1)}$\{`))
  );
}

test("every text says the same in both languages: none is empty, and each has what fills it", () => {
  const odd = texts.filter(
    ([, [english, chinese]]) => english === "" || chinese === "" || namesIn(english) !== namesIn(chinese),
  );
  expect(odd).toEqual([]);
});

test("no Chinese text is English", () => {
  const same = texts.filter(([, [english, chinese]]) => /[a-z]{3}/.test(english) && english === chinese);
  expect(same.map(([word]) => word)).toEqual([]);
});

test("no text is there that nobody reads", () => {
  expect(texts.map(([word]) => word).filter((word) => !isUsed(word))).toEqual([]);
});

test("a text is filled in, and what nobody fills stays to be seen", () => {
  expect(textOf("en", "run.step.attempts", { n: 2 })).toBe("Attempt 2");
  expect(textOf("zh", "run.step.attempts", { n: 2 })).toBe("第 2 次尝试");
  expect(textOf("en", "run.step.attempts")).toBe("Attempt {n}");
});

test("every status has its word", () => {
  for (const language of LANGUAGES)
    for (const status of RUN_STATUSES)
      expect(textOf(language, `status.${status}` satisfies Word)).not.toBe("");
});

const SCHEMA = {
  type: "object",
  required: ["path"],
  properties: {
    count: { type: "integer", default: 3 },
    path: { type: "string", description: "Where." },
    mode: { enum: ["a", "b"] },
    rows: { type: "array" },
    deep: { type: ["string", "object"] },
    flag: { type: "boolean" },
    key: { type: "string", "x-sensitive": true },
  },
};

test("a form follows from a schema, what is required first, and sends what was typed in its type", () => {
  const fields = fieldsOf(SCHEMA);
  expect(fields.map(({ name, kind }) => `${name}:${kind}`)).toEqual([
    "path:text",
    "count:integer",
    "mode:choice",
    "rows:json",
    "deep:json",
    "flag:boolean",
    "key:text",
  ]);
  expect(fields.at(-1)?.isSecret).toBe(true);
  const typed = { path: "1", count: "2", mode: "b", rows: "[1]", deep: '"x"', flag: "false", key: "" };
  expect(inputsOf(fields, typed)).toEqual({
    inputs: { path: "1", count: 2, mode: "b", rows: [1], deep: "x", flag: false },
    wrong: new Set(),
  });
  expect(inputsOf(fields, { count: "many", rows: "[" }).wrong).toEqual(new Set(["count", "rows"]));
});

test.for([{}, { properties: null }, { properties: { a: null }, required: "a" }])(
  "a schema of somebody is no fault: %j",
  (schema) => {
    expect(fieldsOf(schema).every(({ kind }) => kind === "json")).toBe(true);
  },
);
