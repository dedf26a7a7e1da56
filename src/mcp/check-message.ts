import { isObject } from "../contract/json.ts";
import { TASKS } from "./client-abilities.ts";
import type { HttpGuest } from "./serve-http.ts";
import { errorResponse } from "./read-message.ts";

const HEADER_MISMATCH = -32_020;
const MISSING_CAPABILITY = -32_021;
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
  // SEP-2663: whoever asks for notices of tasks must know tasks.
  if (method === "subscriptions/listen" && isObject(params) && asksForTasks(params)) {
    const data = { requiredCapabilities: { extensions: { [TASKS]: {} } } };
    const error = { code: MISSING_CAPABILITY, message: "Notices of tasks take the tasks extension.", data };
    return Response.json({ jsonrpc: "2.0", id, error }, { status: 400 });
  }
  return undefined;
}

function asksForTasks({ notifications, _meta }: Readonly<Record<string, unknown>>): boolean {
  if (!isObject(notifications) || notifications["taskIds"] === undefined) return false;
  const declared = isObject(_meta) ? _meta["io.modelcontextprotocol/clientCapabilities"] : undefined;
  const extensions = isObject(declared) ? declared["extensions"] : undefined;
  return !isObject(extensions) || extensions[TASKS] === undefined;
}
