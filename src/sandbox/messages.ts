import { z } from "zod";

import { refused } from "./frames.ts";

const Id = z.int().nonnegative();

/** What a child may say. Everything in it was written by code that nobody trusts. */
const FromChild = z.discriminatedUnion("type", [
  /** It is there, and has not loaded the handler yet. */
  z.strictObject({ type: z.literal("ready") }),
  z.strictObject({
    type: z.literal("call"),
    id: Id,
    door: z.string().max(40),
    args: z.array(z.unknown()).max(4),
  }),
  /** The next piece of something that is written, when it was asked for. */
  z.strictObject({ type: z.literal("piece"), stream: Id, isLast: z.boolean() }),
  z.strictObject({ type: z.literal("broken"), stream: Id, text: z.string() }),
  z.strictObject({ type: z.literal("done"), outputs: z.unknown() }),
  z.strictObject({
    type: z.literal("failed"),
    text: z.string(),
    code: z.string().max(40).exactOptional(),
    /** The call whose error it is. */
    call: Id.exactOptional(),
  }),
  /** The child's own guards stopped something that leads past `ctx`. */
  z.strictObject({ type: z.literal("beyond"), what: z.string() }),
]);
export type FromChild = Readonly<z.output<typeof FromChild>>;

/** What the runtime says to a child. */
export type ToChild =
  | {
      /** The code comes as the payload. */
      readonly type: "start";
      readonly name: string;
      readonly input: unknown;
      readonly spec: unknown;
      readonly idempotencyKey: string;
      readonly now: number;
    }
  /** The answer to a call; bytes come as the payload. */
  | { readonly type: "ok"; readonly id: number; readonly value?: unknown; readonly isBytes?: true }
  | { readonly type: "error"; readonly id: number; readonly error: unknown }
  | { readonly type: "pull"; readonly stream: number }
  | { readonly type: "abort"; readonly error: unknown };

/** @throws OUTPUT_INVALID */
export function parseMessage(message: unknown): FromChild {
  const parsed = FromChild.safeParse(message);
  if (parsed.success) return parsed.data;
  throw refused("a message that the protocol does not have");
}
