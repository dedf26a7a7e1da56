import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { scratch } from "../../test/scratch.ts";
import { RuntimeError } from "../contract/errors.ts";
import { parsePairs, readInputs } from "./run-inputs.ts";
import type { Session } from "./session.ts";
import { verifies } from "../../test/requirements.ts";

verifies("cli:commands");

test.for([
  ["n=5", {}, { n: 5 }],
  ["n=5", { n: { type: "string" } }, { n: "5" }],
  ["flag=true", {}, { flag: true }],
  ["list=[1,2]", {}, { list: [1, 2] }],
  ['text="quoted"', {}, { text: '"quoted"' }],
  ["text=plain words", {}, { text: "plain words" }],
  ["text=a=b", {}, { text: "a=b" }],
  ["empty=", {}, { empty: "" }],
  ["constructor=1", {}, { constructor: 1 }],
] as const)("--input %s with %j", ([pair, properties, inputs]) => {
  expect(parsePairs([pair], properties)).toEqual(inputs);
});

test("a name that would reach the prototype is an input like another", () => {
  const inputs = parsePairs(['__proto__={"polluted":true}'], {});
  expect(Object.keys(inputs)).toEqual(["__proto__"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test.for([[["novalue"]], [["=x"]], [["a=1", "a=2"]]] as const)("%j is refused", ([pairs]) => {
  expect(() => parsePairs(pairs, {})).toThrow(expect.objectContaining({ code: "USAGE" }));
});

const registry = {
  capability(): never {
    throw new RuntimeError("CAPABILITY_UNKNOWN", "none");
  },
};

function sessionOf(options: {
  json?: string;
  pairs?: readonly string[];
  stdin?: string;
  cwd?: string;
}): Session {
  const io = { cwd: options.cwd ?? "/", stdin: { readText: () => Promise.resolve(options.stdin ?? "") } };
  return { io, text: () => options.json, list: () => options.pairs ?? [] } as unknown as Session;
}

function read(options: Parameters<typeof sessionOf>[0]) {
  return readInputs(sessionOf(options), registry, "t");
}

test("--input-json comes from the text, a file or the standard input, and --input wins", async () => {
  using directory = scratch();
  writeFileSync(join(directory.path, "in.json"), '{"from":"file"}');
  expect(await read({ json: '{"a":1,"b":2}', pairs: ["b=3"] })).toEqual({ a: 1, b: 3 });
  expect(await read({ json: "@in.json", cwd: directory.path })).toEqual({ from: "file" });
  expect(await read({ json: "-", stdin: '{"from":"stdin"}' })).toEqual({ from: "stdin" });
  expect(await read({})).toEqual({});
});

test.for([
  ["[1]", "USAGE"],
  ["{broken", "USAGE"],
  ["@missing.json", "FILE_NOT_FOUND"],
] as const)("--input-json %s is refused with %s", async ([json, code]) => {
  using directory = scratch();
  await expect(read({ json, cwd: directory.path })).rejects.toMatchObject({ code });
});

test("an input file that is too large is refused before it is read", async () => {
  using directory = scratch();
  writeFileSync(join(directory.path, "big.json"), " ".repeat(17 * 1024 * 1024));
  await expect(read({ json: "@big.json", cwd: directory.path })).rejects.toMatchObject({
    code: "LIMIT_EXCEEDED",
  });
});
