import type { Handler } from "../../contract/handler.ts";
import { bodyParts, type NetInputWithBody, send } from "./send.ts";

/** Sends a body to a URL with POST. @throws SERVICE_REFUSED, SERVICE_FAILED */
export const handler: Handler<NetInputWithBody> = (ctx, input) =>
  send(ctx, "POST", input, bodyParts(ctx, input));
