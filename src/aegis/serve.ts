import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { CapabilitySpec } from "../contract/capability.ts";
import { RuntimeError } from "../contract/errors.ts";
import { type HookAnswer, HookRequest, type Hooks } from "../contract/hooks.ts";
import type { PlannedQuest } from "../contract/quest.ts";
import { governQuest } from "./govern-quest.ts";
import { heldQuestOf } from "./held-quest.ts";

export type ServeOptions = {
  readonly plans: readonly PlannedQuest[];
  readonly contractOf: (capability: string) => CapabilitySpec | undefined;
  /** Shared with the runtime that asks; nobody else is answered. */
  readonly secret: string;
  /** 0: any free one. */
  readonly port: number;
  /** Every question with its answer. */
  readonly onAnswer?: (request: HookRequest, answer: HookAnswer) => void;
};

export type GovernorServer = AsyncDisposable & { readonly port: number };

const MAX_BODY_BYTES = 32 * 1024 * 1024;
const MAX_AGE_MS = 60_000;
const TIMEOUT_MS = 30_000;

/**
 * Aegis as a governor of its own process, on loopback: it holds the runs of each quest to the plan that it was given.
 * A question without a valid signature, or of a quest that it has no plan of, is not allowed.
 *
 * @throws USAGE for a port that cannot be had
 */
export async function serveAegis(options: ServeOptions): Promise<GovernorServer> {
  const { plans, contractOf, secret, port, onAnswer } = options;
  // What runs used before this server was started nobody here can say.
  const hooks = new Map<string, Hooks>(
    plans.map((plan) => [
      plan.quest,
      governQuest(heldQuestOf(plan), { contractOf, usedBefore: () => undefined }),
    ]),
  );
  const server = createServer((request, response) => {
    if (request.method !== "POST") return refuse(response, 405);
    // Whoever does not even claim to know the secret is not listened to.
    if (!isFresh(request)) return refuse(response, 401);
    readBody(request)
      .then(async (body) => {
        if (body === undefined) return reply(response, 413);
        if (!isSigned(request, body, secret)) return reply(response, 401);
        const question = parse(body);
        if (question === undefined) return reply(response, 400);
        const ask = hooks.get(question.quest_id ?? "");
        const answer = ask === undefined ? unknown(question) : await ask(question);
        onAnswer?.(question, answer);
        const { decision, reason, violation } = answer;
        return reply(response, 200, { decision, reason, violation_id: violation });
      })
      .catch(() => reply(response, 500));
  });
  server.requestTimeout = TIMEOUT_MS;
  server.headersTimeout = TIMEOUT_MS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(new RuntimeError("USAGE", `The port ${port} cannot be had: ${cause.message}.`, { cause })),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The body; `undefined` where it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Whether it claims to be signed a moment ago. */
function isFresh({ headers }: IncomingMessage): boolean {
  const age = Math.abs(Date.now() - Number(String(headers["x-aegis-timestamp"])));
  return age < MAX_AGE_MS && /^sha256=[0-9a-f]{64}$/.test(String(headers["x-aegis-signature"]));
}

/** As docs/hooks.md says: over the time too, so that a question cannot be put again later. */
function isSigned({ headers }: IncomingMessage, body: string, secret: string): boolean {
  const time = String(headers["x-aegis-timestamp"]);
  const expected = `sha256=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`;
  const given = Buffer.from(String(headers["x-aegis-signature"]));
  return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
}

function parse(body: string): HookRequest | undefined {
  try {
    return HookRequest.safeParse(JSON.parse(body)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What was done may be taken back, whoever asked for it. */
function unknown(question: HookRequest): HookAnswer {
  const goesForwards =
    question.event === "pre_execution" || ("step" in question && question.step.role === "step");
  const reason = `there is no plan of the quest ${question.quest_id ?? "(none)"} here`;
  return goesForwards
    ? { decision: "DENY", reason, violation: "quest.unknown", failed: null }
    : { decision: "ALLOW", reason, violation: null, failed: null };
}

/** What it sends is not read: the connection ends with the answer. */
function refuse(response: ServerResponse, status: number): void {
  response.setHeader("connection", "close");
  reply(response, status);
}

function reply(response: ServerResponse, status: number, body?: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
