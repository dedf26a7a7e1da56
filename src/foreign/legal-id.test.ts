import { array, assert, property, string } from "fast-check";
import { expect, test } from "vitest";

import { CapabilityId } from "../contract/capability.ts";
import { legalIds } from "./legal-id.ts";
import { verifies } from "../../test/requirements.ts";

verifies("import:hostile");

test.for<[readonly string[], readonly string[]]>([
  [["read_file"], ["a.read_file"]],
  [["readFile"], ["a.read_file"]],
  [["get /users/{id}"], ["a.get_users_id"]],
  [
    ["read.file", "read_file", "read-file"],
    ["a.read_file", "a.read_file_2", "a.read_file_3"],
  ],
  [
    ["read_file_2", "read_file", "read.file"],
    ["a.read_file_2", "a.read_file", "a.read_file_3"],
  ],
  [
    ["../../etc", "删除", "", "__proto__"],
    ["a.etc", "a.tool", "a.tool_2", "a.proto"],
  ],
  [["x".repeat(500)], [`a.${"x".repeat(64)}`]],
])("%j becomes %j", ([names, ids]) => {
  expect(legalIds("a", names).map(({ id }) => id)).toEqual(ids);
});

test("whatever the names are, the ids are legal, and no two have the same file", () => {
  assert(
    property(array(string({ unit: "binary", maxLength: 8 }), { maxLength: 20 }), (names) => {
      const ids = legalIds("a", names).map(({ id }) => id);
      expect(ids.every((id) => CapabilityId.safeParse(id).success)).toBe(true);
      expect(new Set(ids.map((id) => id.replaceAll(".", "_"))).size).toBe(names.length);
    }),
    { numRuns: 30 },
  );
});

test("a name that was changed is told", () => {
  expect(legalIds("a", ["ok", "Fix\u202Eme"])).toEqual([
    { id: "a.ok" },
    { id: "a.fix_me", note: 'the name "Fix\\\\u{202e}me" became fix_me' },
  ]);
});
