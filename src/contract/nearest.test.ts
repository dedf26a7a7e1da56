import { expect, test } from "vitest";

import { nearest, suggest } from "./nearest.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:errors");

const IDS = ["io.fs.read_file", "io.fs.write_file", "sys.info.get_time"];

test.for<[string, string | undefined]>([
  ["io.fs.read_fiel", "io.fs.read_file"],
  ["io.fs.write", undefined],
  ["io.fs.wirte_file", "io.fs.write_file"],
  ["IO.FS.READ_FILE", "io.fs.read_file"],
  ["completely else", undefined],
  ["", undefined],
  ["x".repeat(5000), undefined],
])("of the ids, %s means %s", ([word, expected]) => {
  expect(nearest(word, IDS)).toBe(expected);
});

test.for<[string, string, boolean]>([
  ["depends", "depend", true],
  ["stpe", "step", true],
  ["abc", "abd", true],
  ["abc", "xyc", false],
  ["ab", "ba", false],
  ["a", "A", true],
])("%s means %s: %s", ([word, candidate, expected]) => {
  expect(nearest(word, [candidate])).toBe(expected ? candidate : undefined);
});

test("the nearest of several is chosen, the first of equals", () => {
  expect(nearest("time", ["timer", "tide", "time_", "lime"])).toBe("timer");
  expect(nearest("get_tme", ["get_times", "get_time"])).toBe("get_time");
});

test("a suggestion is a question, or nothing", () => {
  expect(suggest("stpes", ["steps", "name"])).toBe('; did you mean "steps"?');
  expect(suggest("zzzzz", ["steps"])).toBe("");
});
