import { isObject } from "../contract/json.ts";
import type { HttpGuest } from "./serve-http.ts";
import { errorResponse } from "./read-message.ts";

const HEADER_MISMATCH = -32_020;
const OF_TASKS: ReadonlySet<unknown> = new Set(["tasks/get", "tasks/update", "tasks/cancel"]);
const NEED_OPERATOR: ReadonlySet<unknown> = new Set(["tools/call", "tasks/update", "tasks/cancel"]);

/** What a message is refused with before anybody acts on it; nothing where it may go on. */
export function checkMessage(
  message: unknown,
  headers: Headers,
  { roles }: HttpGuest,
  isLegacy: boolean,
): Response | undefined {
  if (!isObject(message)) return undefined;
  const { id = null, method, params } = message;
  if (NEED_OPERATOR.has(method) && roles !== null && !roles.has("operator")) {
    const response = errorResponse(403, -32_000, "The token does not have the role operator.", id);
    // RFC 6750 §3.1
    const challenge = `Bearer realm="airun", error="insufficient_scope", scope="operator"`;
    response.headers.set("www-authenticate", challenge);
    return response;
  }
  // SEP-2663: what routes a request to its task says the same as its body.
  if (!isLegacy && OF_TASKS.has(method)) {
    const name = headers.get("mcp-name");
    const task = isObject(params) ? params["taskId"] : undefined;
    if (typeof task === "string" && name !== task)
      return errorResponse(
        400,
        HEADER_MISMATCH,
        name === null ? "The header Mcp-Name is missing." : "The header Mcp-Name names another task.",
        id,
      );
  }
  return undefined;
}
