import { readJson } from "../contract/read-json.ts";
import { readBody } from "../operate/read-body.ts";

const MAX_BODY_BYTES = 1024 * 1024;

/** The JSON-RPC message that a request carries, or what it is refused with. */
export type Posted = { readonly message: unknown } | { readonly refusal: Response };

/** Reads a posted message: JSON of one object, without doubled or dangerous members, neither too long nor too deep. */
export async function readMessage(request: Request): Promise<Posted> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type))
    return refused(415, -32_600, "It is not application/json.");
  if (request.headers.has("content-encoding"))
    return refused(415, -32_600, "A body with a content encoding is not read.");
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === "too long") return refused(413, -32_600, `It has more than ${MAX_BODY_BYTES} bytes.`);
  const tree = body === "no text" ? undefined : readJson(body.text);
  if (tree === undefined) return refused(400, -32_700, "It is not JSON in UTF-8.");
  const [fault] = tree.faults;
  if (fault !== undefined)
    return refused(400, -32_700, `It has a fault at character ${fault.offset}: ${fault.message}.`);
  // Batches are gone from MCP since 2025-06-18: many calls in one message would pass for one.
  if (Array.isArray(tree.value)) return refused(400, -32_600, "It is a batch; send one message at a time.");
  return { message: tree.value };
}

/** A JSON-RPC error, for a request of which nothing more is known. */
export function refused(status: number, code: number, message: string, id: unknown = null): Posted & object {
  return { refusal: errorResponse(status, code, message, id) };
}

export function errorResponse(status: number, code: number, message: string, id: unknown = null): Response {
  return Response.json({ jsonrpc: "2.0", id, error: { code, message } }, { status });
}
