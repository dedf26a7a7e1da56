import { createHash } from "node:crypto";
import { z } from "zod";

import { defineCapability, RuntimeError } from "../../src/index.ts";

/** With every character that some encoding changes. */
export const PASSWORD = 'p@ss wörd/"one"\\two&<three>+4=';
export const TOKEN = "tok_live_7f3kQ9zX2mVb8Lr5";
export const PASSWORD_HASH = createHash("sha256").update(PASSWORD).digest("hex");

const password = z.string().meta({ "x-sensitive": true });
const base = {
  version: "1.0.0",
  risk: { level: "LOW", justification: "it touches nothing" },
  sideEffects: ["read_only"],
  undo: { kind: "none" },
} as const;

/** Gives both secrets away in every form, as a careless program would. */
export const login = defineCapability({
  ...base,
  id: "test.login",
  description: "Logs in.",
  input: z.strictObject({ user: z.string(), password }),
  output: z.strictObject({
    answer: z.string(),
    forms: z.array(z.string()),
    session: z.string().meta({ "x-sensitive": true }),
  }),
  run: (_, input) =>
    Promise.resolve({
      answer: `welcome ${input.user}, your password is ${input.password} and your token ${TOKEN}`,
      forms: [PASSWORD, TOKEN].flatMap((secret) => [
        Buffer.from(`x${secret}`).toString("base64"),
        Buffer.from(`xy${secret}`).toString("base64url"),
        Buffer.from(secret).toString("hex"),
        encodeURIComponent(secret),
        JSON.stringify({ secret }),
      ]),
      session: `session of ${input.password}`,
    }),
});

/** Fails with both secrets in its message. */
export const refuse = defineCapability({
  ...base,
  id: "test.refuse",
  description: "Refuses.",
  input: z.strictObject({ password }),
  output: z.strictObject({}),
  run: (_, input) =>
    Promise.reject(
      new RuntimeError("SERVICE_REFUSED", `401 for "${input.password}" with ${TOKEN}`, {
        details: { sent: { authorization: `Bearer ${TOKEN}`, body: input.password } },
      }),
    ),
});

/** Tells whether it got the real value. */
export const digest = defineCapability({
  ...base,
  id: "test.digest",
  description: "Says which value it got, without saying the value.",
  input: z.strictObject({ password }),
  output: z.strictObject({ sha256: z.string() }),
  run: (_, input) => Promise.resolve({ sha256: createHash("sha256").update(input.password).digest("hex") }),
});

/** Takes a secret without knowing that it is one. */
export const count = defineCapability({
  ...base,
  id: "test.count",
  description: "Counts the characters of a text.",
  input: z.strictObject({ text: z.string() }),
  output: z.strictObject({ characters: z.int() }),
  run: (_, { text }) => Promise.resolve({ characters: text.length }),
});

export const secretCapabilities = [login, refuse, digest, count];
