import * as fc from "fast-check";
import { expect, test } from "vitest";

import { looksSecret, mayHoldSecret } from "./secret-scan.ts";
import { verifies } from "../../test/requirements.ts";

verifies("ledger:secrets");

// Put together at run time, so that no scanner takes this file for a leak.
const letters = (count: number) => "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zC".repeat(4).slice(0, count);
const jwt = ["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0NTY3ODkwIn0", letters(43)].join(".");

test.for<[string, string, string]>([
  ["AWS access key id", "", ["AKIA", "ABCDEFGH12345678"].join("")],
  ["AWS session key id", "", ["key ASIA", "ABCDEFGH12345678 end"].join("")],
  ["AWS secret access key", "", `aws_secret_access_key = ${letters(40)}`],
  ["Google API key", "", `AIza${letters(35)}`],
  ["Google OAuth token", "", `ya29.${letters(30)}`],
  ["GitHub token", "", `ghp_${letters(36)}`],
  ["GitHub fine-grained token", "", `github_pat_${letters(40)}`],
  ["GitLab token", "", `glpat-${letters(20)}`],
  ["Slack token", "", `xoxb-1234567890-${letters(20)}`],
  ["Slack webhook", "", `https://hooks.slack.com/services/T0/B0/${letters(20)}`],
  ["OpenAI key", "", `sk-proj-${letters(40)}`],
  ["Anthropic key", "", `sk-ant-api03-${letters(40)}`],
  ["npm token", "", `npm_${letters(36)}`],
  ["Hugging Face token", "", `hf_${letters(34)}`],
  ["Stripe key", "", `sk_live_${letters(24)}`],
  ["Stripe webhook secret", "", `whsec_${letters(24)}`],
  ["SendGrid key", "", `SG.${letters(22)}.${letters(43)}`],
  ["JSON web token", "", jwt],
  ["Authorization header", "", `Authorization: Bearer ${letters(24)}`],
  ["basic authentication", "", `authorization: Basic ${letters(16)}`],
  ["URL with a password", "", "https://user:pa55@host.example/x"],
  ["Postgres URL", "", "postgres://app:secret@db:5432/x"],
  ["Redis URL without a user", "", "redis://:secret@cache:6379"],
  ["PEM key", "", "-----BEGIN PRIVATE KEY-----\nMIIE"],
  ["OpenSSH key", "", "text\n-----BEGIN OPENSSH PRIVATE KEY-----"],
  ["PEM key in base64", "", Buffer.from("-----BEGIN RSA PRIVATE KEY-----").toString("base64")],
  ["age key", "", "AGE-SECRET-KEY-1QQQQ"],
  ["assignment", "", "DB_PASSWORD=hunter22x"],
  ["quoted assignment", "", 'password: "hunter22x"'],
  ["JSON in a text", "", JSON.stringify({ password: "hunter22x" })],
  ["JSON in JSON in a text", "", JSON.stringify({ body: JSON.stringify({ api_key: "hunter22x" }) })],
  ["query string", "", "https://host/x?access_token=hunter22x&y=1"],
  ["member named password", "password", "hunter22"],
  ["member named dbPassword", "dbPassword", "hunter22"],
  ["member named API_KEY", "API_KEY", "hunter22"],
  ["member named client_secret", "client_secret", "hunter22"],
  ["member named Authorization", "Authorization", "hunter22"],
  ["member named x-auth", "x-auth", "hunter22"],
  ["member named credentials", "credentials", "hunter22"],
  ["member named refreshToken", "refreshToken", "hunter22"],
  ["member named key with a long value", "key", letters(24)],
])("%s looks secret", ([, member, value]) => {
  expect(looksSecret(value, member)).toBe(true);
  expect(mayHoldSecret(JSON.stringify({ inputs: { [member]: value } }))).toBe(true);
});

test.for<[string, string, string]>([
  ["a path", "path", "out/report-2026/summary.md"],
  ["a digest", "spec", "0123456789abcdef".repeat(4)],
  ["an id", "run", "018f6f5e-7a2b-7c3d-8e4f-0123456789ab"],
  ["prose about tokens", "text", "The tokens and the secret of good prose is brevity."],
  ["a URL with a port", "url", "https://host.example:8080/path"],
  ["a mail address in a URL", "url", "https://host.example/?to=a@b.example"],
  ["an author", "author", "Somebody Somewhere"],
  ["authors", "authored_by", "Somebody Somewhere"],
  ["an idempotency key", "idempotencyKey", "0123456789abcdef".repeat(2)],
  ["an idempotency key of a spec", "idempotency_key", "order-{{id}}-charge"],
  ["a public key", "publicKey", "name+01234567+AAAA0123456789"],
  ["a short value of a key", "key", "created_at"],
  ["a short password", "password", "none"],
])("%s does not look secret", ([, member, value]) => {
  expect(looksSecret(value, member)).toBe(false);
});

test("the members of an ordinary event do not cause a closer look", () => {
  const event = {
    attempt: 1,
    idempotencyKey: "0123456789abcdef".repeat(4),
    inputs: { path: "a/b", content: "text" },
    rules: ["x"],
  };
  expect(mayHoldSecret(JSON.stringify(event))).toBe(false);
});

test("a text that looks secret is never missed in the JSON around it", () => {
  const fragment = fc.constantFrom(
    "password",
    "=",
    ": ",
    '"',
    "\\",
    "\n",
    "hunter22",
    "token",
    "key",
    "author",
    "bearer ",
    "://u:p@h",
    "\u2028",
    "ß",
  );
  const value = fc
    .array(fc.oneof(fragment, fc.string({ maxLength: 12 })), { maxLength: 8 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(value, value, value, (member, text, other) => {
      fc.pre(looksSecret(text, member));
      expect(mayHoldSecret(JSON.stringify([other, { [member]: text }, other]))).toBe(true);
    }),
    { numRuns: 3000 },
  );
});
