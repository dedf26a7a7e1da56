import { expect, test } from "vitest";

import { RuntimeError } from "../contract/errors.ts";
import { lookUp } from "./look-up.ts";
import { verifies } from "../../test/requirements.ts";

verifies("contract:registry");

function fail(error: Error): never {
  throw error;
}

test("what is found, or the error of the catalogue", () => {
  const error = new RuntimeError("CAPABILITY_UNKNOWN", "No.");
  expect(lookUp(() => 5)).toEqual({ found: 5 });
  expect(lookUp(() => fail(error))).toEqual({ error });
});

test("a fault of the program is thrown on", () => {
  expect(() => lookUp(() => fail(new TypeError("bug")))).toThrow(TypeError);
});
