import type { Handler } from "../../contract/handler.ts";
import { type NetInput, send } from "./send.ts";

/** Deletes what a URL names. @throws SERVICE_REFUSED, SERVICE_FAILED */
export const handler: Handler<NetInput> = (ctx, input) =>
  send(ctx, "DELETE", input, { headers: { "idempotency-key": ctx.idempotencyKey } });
