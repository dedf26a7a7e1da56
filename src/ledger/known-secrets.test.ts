import * as fc from "fast-check";
import { expect, test } from "vitest";

import { MIN_SECRET_LENGTH, createKnownSecrets } from "./known-secrets.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:secrets");

const SECRET = 'pa"ss\\wörd /+?&1';
const bytes = Buffer.from(SECRET);
const hex = bytes.toString("hex");
const escape = (text: string) => JSON.stringify(text).slice(1, -1);

test.for<[string, string]>([
  ["raw", SECRET],
  ["in the middle of a text", `before ${SECRET} after`],
  ["JSON", escape(SECRET)],
  ["JSON in JSON", escape(escape(SECRET))],
  ["JSON in JSON in JSON", escape(escape(escape(SECRET)))],
  ["base64", bytes.toString("base64")],
  ["base64 without padding", bytes.toString("base64").replaceAll("=", "")],
  ["base64url", bytes.toString("base64url")],
  ["base64 behind one byte", Buffer.concat([Buffer.from("x"), bytes]).toString("base64")],
  ["base64 behind two bytes", Buffer.concat([Buffer.from("xy"), bytes]).toString("base64")],
  ["base64 of basic authentication", Buffer.from(`user:${SECRET}`).toString("base64")],
  ["base64 with something behind", Buffer.concat([bytes, Buffer.from("z")]).toString("base64")],
  ["hex", hex],
  ["upper-case hex", hex.toUpperCase()],
  ["percent-encoded", encodeURIComponent(SECRET)],
  [
    "percent-encoded in lower case",
    encodeURIComponent(SECRET).replaceAll(/%../g, (code) => code.toLowerCase()),
  ],
  ["percent-encoded with plus signs", encodeURIComponent(SECRET).replaceAll("%20", "+")],
  ["a URI", encodeURI(SECRET)],
  ["percent-encoded throughout", hex.replaceAll(/../g, "%$&")],
  ["percent-encoded throughout in upper case", hex.toUpperCase().replaceAll(/../g, "%$&")],
])("a known secret is found: %s", ([, text]) => {
  const known = createKnownSecrets();
  known.add(SECRET);
  known.add(SECRET);
  expect(known.occursIn(text)).toBe(true);
});

test.for<[string, string]>([
  ["nothing", ""],
  ["a part of it", SECRET.slice(1)],
  ["another text", "some other text that is long enough to have many places"],
])("no secret is found in %s", ([, text]) => {
  const known = createKnownSecrets();
  known.add(SECRET);
  expect(known.occursIn(text)).toBe(false);
});

test("nothing is found before there is a secret, and too short ones are no secrets", () => {
  const known = createKnownSecrets();
  expect(known.occursIn(SECRET)).toBe(false);
  known.add("x".repeat(MIN_SECRET_LENGTH - 1));
  expect(known.occursIn("x".repeat(100))).toBe(false);
});

test("recent secrets are found among thousands, and are forgotten in the end", () => {
  const known = createKnownSecrets();
  known.add(SECRET);
  for (let i = 0; i <= 10_000; i++) known.addRecent(`recent secret ${i}.`);
  expect(known.occursIn("recent secret 10000.")).toBe(true);
  expect(known.occursIn("recent secret 5001.")).toBe(true);
  expect(known.occursIn("recent secret 12.")).toBe(false);
  expect(known.occursIn(SECRET)).toBe(true);
});

test("a long secret is found by its beginning, in any form, and costs no more than a short one", () => {
  const long = `${"😀".repeat(100)}${SECRET.repeat(100_000)}`;
  const known = createKnownSecrets();
  known.addRecent(long);
  expect(known.occursIn(long.slice(0, 2000))).toBe(true);
  expect(known.occursIn(Buffer.from(`x${long}`).toString("base64"))).toBe(true);
  expect(known.occursIn(JSON.stringify({ said: JSON.stringify(long) }))).toBe(true);
  expect(known.occursIn(long.slice(0, 200))).toBe(false);
});

test("few recent secrets are remembered where they are long", () => {
  const known = createKnownSecrets();
  for (let i = 0; i <= 3000; i++) known.addRecent(`${i} ${'"'.repeat(500)}`);
  expect(known.occursIn(`3000 ${'"'.repeat(500)}`)).toBe(true);
  expect(known.occursIn(`12 ${'"'.repeat(500)}`)).toBe(false);
});

test("it finds what a plain search for the secrets finds, and misses none in base64", () => {
  const secret = fc.string({ unit: "grapheme", minLength: MIN_SECRET_LENGTH, maxLength: 20 });
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 5 }),
      fc.string({ unit: "grapheme" }),
      fc.string(),
      (secrets, before, after) => {
        const known = createKnownSecrets();
        for (const each of secrets) known.add(each);
        for (const each of secrets) {
          expect(known.occursIn(before + each + after)).toBe(true);
          expect(known.occursIn(JSON.stringify({ before, value: after + each }))).toBe(true);
          expect(known.occursIn(Buffer.from(before + each + after).toString("base64"))).toBe(true);
        }
      },
    ),
  );
});
