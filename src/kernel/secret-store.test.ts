import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { scratch } from "../../test/scratch.ts";
import { openSecrets } from "./secret-store.ts";

verifies("import:secrets");

const HOST = "api.example.com";

test("a secret goes where it is meant to, and lies where only its owner reads it", () => {
  using home = scratch();
  const secrets = openSecrets(home.path);
  secrets.set("API_TOKEN", "first-value", [HOST]);
  secrets.set("API_TOKEN", "second-value", [HOST, "/usr/bin/tool"]);
  expect(secrets.value("API_TOKEN", HOST)).toBe("second-value");
  expect(secrets.list()).toEqual([
    { name: "API_TOKEN", places: [HOST, "/usr/bin/tool"], setAt: expect.any(String) as string },
  ]);
  expect(statSync(join(home.path, "secrets")).mode & 0o777).toBe(0o700);
  expect(statSync(join(home.path, "secrets/API_TOKEN")).mode & 0o777).toBe(0o600);
  expect(() => secrets.value("API_TOKEN", "evil.example.com")).toThrow(/is not for evil\.example\.com/);
  secrets.remove("API_TOKEN");
  expect(readdirSync(join(home.path, "secrets"))).toEqual([]);
  expect(() => secrets.value("API_TOKEN", HOST)).toThrow("There is no secret API_TOKEN");
});

test.for([
  ["short", /8 to 8192 characters/],
  ["x".repeat(8193), /8 to 8192 characters/],
  ["two\nlines of it", /one line of ASCII/],
  [" spaces around ", /one line of ASCII/],
  ["schlüssel-wort", /one line of ASCII/],
] as const)("the value %j is refused", ([value, message]) => {
  using home = scratch();
  const secrets = openSecrets(home.path);
  expect(() => secrets.set("API_TOKEN", value, [HOST])).toThrow(message);
  expect(secrets.list()).toEqual([]);
});

test.for(["../keys/ledger.pem", "api_token", "", "A/B"])("%j is no name of a secret", (name) => {
  using home = scratch();
  const secrets = openSecrets(home.path);
  expect(() => secrets.value(name, HOST)).toThrow(expect.objectContaining({ code: "SECRET_UNAVAILABLE" }));
  expect(() => secrets.remove(name)).toThrow(expect.objectContaining({ code: "SECRET_UNAVAILABLE" }));
});

test("a damaged file keeps nobody from working, is named, and can be replaced or removed", () => {
  using home = scratch();
  const secrets = openSecrets(home.path);
  secrets.set("API_TOKEN", "first-value", [HOST]);
  secrets.set("OTHER", "other-value", [HOST]);
  writeFileSync(join(home.path, "secrets/API_TOKEN"), '{"value":');
  expect(secrets.values()).toEqual(["other-value"]);
  expect(() => secrets.value("API_TOKEN", HOST)).toThrow(/API_TOKEN is damaged/);
  secrets.set("API_TOKEN", "second-value", [HOST]);
  expect(secrets.value("API_TOKEN", HOST)).toBe("second-value");
  writeFileSync(join(home.path, "secrets/API_TOKEN"), "{}");
  secrets.remove("API_TOKEN");
  expect(secrets.list().map(({ name }) => name)).toEqual(["OTHER"]);
});
