import { describe, expect, test } from "vitest";

import type { Parameter } from "../contract/foreign.ts";
import { urlOf } from "./call-http.ts";
import { verifies } from "../../test/requirements.ts";

verifies("import:hostile");

const parameter = (more: Partial<Parameter>): Parameter => ({
  input: "a",
  name: "a",
  in: "query",
  style: "form",
  explode: true,
  ...more,
});
const inPath = parameter({ in: "path", style: "simple", explode: false });

describe("a parameter of the path", () => {
  test.for<[string, unknown, string]>([
    ["a word", "x", "/v1/x/end"],
    ["a number", 7, "/v1/7/end"],
    ["a list", ["x", "y"], "/v1/x%2Cy/end"],
    ["a question mark and a hash", "x?y#z", "/v1/x%3Fy%23z/end"],
    ["a slash", "x/y", "/v1/x%2Fy/end"],
    ["an encoded slash", "x%2f..", "/v1/x%252f../end"],
    ["a space and an umlaut", "ä b", "/v1/%C3%A4%20b/end"],
    ["another host", "@evil.example", "/v1/%40evil.example/end"],
  ])("%s stays in its place", ([, a, path]) => {
    const url = "https://api.example/v1/{a}/end";
    expect(urlOf({ url, parameters: [inPath] }, { a })).toBe(`https://api.example${path}`);
  });

  test.for<[string, unknown]>([
    ["..", ".."],
    [".", "."],
    ["../admin", "../admin"],
    ["..\\admin", "..\\admin"],
    ["x/../../admin", "x/../../admin"],
    ["nothing", ""],
    ["nothing at all", undefined],
    ["a line break", "x\r\nHost: evil"],
    ["a NUL", "x\0"],
  ])("%s is refused", ([, a]) => {
    const url = "https://api.example/v1/{a}/end";
    expect(() => urlOf({ url, parameters: [inPath] }, { a })).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID" }),
    );
  });

  test("two that make a step up together are refused", () => {
    const second = { ...inPath, input: "b", name: "b" };
    const url = "https://api.example/v1/{a}{b}/end";
    expect(() => urlOf({ url, parameters: [inPath, second] }, { a: ".", b: "." })).toThrow();
    expect(() => urlOf({ url, parameters: [inPath, second] }, { a: "%2e", b: "x" })).not.toThrow();
  });
});

test.for<[string, Partial<Parameter>, unknown, string]>([
  ["a word", {}, "x&y=z", "?a=x%26y%3Dz"],
  ["a list", {}, ["x", "y"], "?a=x&a=y"],
  ["a list in one", { explode: false }, ["x", "y,z"], "?a=x,y%2Cz"],
  ["a list with pipes", { style: "pipeDelimited", explode: false }, ["x", "y"], "?a=x%7Cy"],
  ["a list with spaces", { style: "spaceDelimited", explode: false }, ["x", "y"], "?a=x%20y"],
  ["an object", {}, { x: 1, y: "2&3" }, "?x=1&y=2%263"],
  ["an object in one", { explode: false }, { x: 1 }, "?a=x,1"],
  ["a deep object", { style: "deepObject" }, { "x]": 1 }, "?a[x%5D]=1"],
  ["JSON", { style: "json" }, { x: [1] }, "?a=%7B%22x%22%3A%5B1%5D%7D"],
  ["false", {}, false, "?a=false"],
  ["nothing", {}, undefined, ""],
  ["another name", { name: "a[]" }, ["x"], "?a%5B%5D=x"],
])("in the query: %s", ([, more, a, query]) => {
  const url = "https://api.example/v1";
  expect(urlOf({ url, parameters: [parameter(more)] }, { a })).toBe(`${url}${query}`);
});
