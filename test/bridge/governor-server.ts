import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { HookRequest } from "../../src/contract/hooks.ts";
import { type LocalServer, startServer } from "../local-server.ts";

export const BEHAVIOURS = ["allow", "deny", "pause", "late", "garbage", "down"] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

export const SECRET = "a-secret-of-both-sides";
// Long, because an answer that is meant to come in time must, on a busy machine too.
const TIMEOUT_MS = 10_000;
const LATE_TIMEOUT_MS = 1500;

export type GovernorServer = AsyncDisposable & {
  readonly env: Readonly<Record<string, string>>;
  /** Every request, in order, as the schema reads it. */
  readonly asked: readonly HookRequest[];
  /** The same requests as they came. */
  readonly seen: LocalServer["seen"];
  /** What was wrong with a request's signature. */
  readonly badSignatures: readonly string[];
};

/** A governor on loopback that behaves as it is told to, question by question. */
export async function startGovernor(
  behave: (request: HookRequest) => Behaviour,
  { isLate = false } = {},
): Promise<GovernorServer> {
  const timeoutMs = isLate ? LATE_TIMEOUT_MS : TIMEOUT_MS;
  const asked: HookRequest[] = [];
  const badSignatures: string[] = [];
  const server: LocalServer = await startServer((_, response) => {
    const last = server.seen.at(-1);
    const body = last?.body ?? "";
    const time = String(last?.headers["x-aegis-timestamp"]);
    const expected = createHmac("sha256", SECRET).update(`${time}.${body}`).digest("hex");
    if (last?.headers["x-aegis-signature"] !== `sha256=${expected}`) badSignatures.push(body);
    const request = HookRequest.parse(JSON.parse(body));
    asked.push(request);
    void answer(behave(request));

    async function answer(behaviour: Behaviour): Promise<void> {
      if (behaviour === "down") return void response.destroy();
      if (behaviour === "late") await sleep(timeoutMs * 1.5);
      if (behaviour === "garbage") return void response.end('{"decision":"MAYBE"}');
      const decision = behaviour === "late" ? "ALLOW" : behaviour.toUpperCase();
      response.end(JSON.stringify({ decision, reason: "as told" }));
    }
  });
  return {
    asked,
    seen: server.seen,
    badSignatures,
    env: {
      AEGIS_GOVERNANCE_HOOK_URL: `http://127.0.0.1:${server.port}/hooks`,
      AEGIS_GOVERNANCE_HOOK_TIMEOUT_MS: String(timeoutMs),
      AEGIS_GOVERNANCE_HOOK_SECRET: SECRET,
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
