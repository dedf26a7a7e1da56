import type { Handler } from "../../contract/handler.ts";
import { bodyParts, type NetInputWithBody, send } from "./send.ts";

/** Sends a body to a URL with PUT. @throws SERVICE_REFUSED, SERVICE_FAILED */
export const handler: Handler<NetInputWithBody> = (ctx, input) =>
  send(ctx, "PUT", input, bodyParts(ctx, input));
