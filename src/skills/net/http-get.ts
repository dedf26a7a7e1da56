import type { Handler } from "../../contract/handler.ts";
import { type NetInput, send } from "./send.ts";

/** Reads what a URL gives. @throws SERVICE_REFUSED, SERVICE_FAILED */
export const handler: Handler<NetInput> = (ctx, input) => send(ctx, "GET", input);
