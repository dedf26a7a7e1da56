import { createMcpHandler, isLegacyRequest } from "@modelcontextprotocol/server";

import type { Desk } from "./desk.ts";
import type { Guest } from "./guest.ts";
import { checkMessage } from "./check-message.ts";
import { boundStream } from "./bound-stream.ts";
import { errorResponse, readMessage } from "./read-message.ts";
import { createMcpServer } from "./server.ts";
import { openSessions } from "./sessions.ts";
import { watchChanges } from "./watch-changes.ts";

/** Somebody whose token was checked. */
export type HttpGuest = Guest & {
  /** When the token ends, in milliseconds since 1970; null for never. */
  readonly expiresAtMs: number | null;
};

/** MCP over Streamable HTTP. Whoever asks was told apart before; hosts and origins were looked at too. */
export type McpHttp = {
  readonly answer: (request: Request, guest: HttpGuest) => Promise<Response>;
  /** The server stops: streams end, and what clients called is not taken back because of that. */
  readonly leave: () => void;
  readonly close: () => Promise<void>;
};

/**
 * Serves the revision 2026-07-28, whose requests stand alone, and the older ones in sessions. A server is made for
 * each request or session: none is shared by two clients.
 */
export function serveOverHttp(desk: Desk): McpHttp {
  const guests = new WeakMap<Request, Guest>();
  const guestOf = (request: Request | undefined): Guest => {
    const guest = request === undefined ? undefined : guests.get(request);
    if (guest === undefined) throw new Error("A request came past the check of its token.");
    return guest;
  };
  const modern = createMcpHandler(
    ({ requestInfo }) => createMcpServer(desk, guestOf(requestInfo), "modern"),
    { legacy: "reject" },
  );
  const sessions = openSessions((guest) => createMcpServer(desk, guest, "legacy"));
  let isHeard = false;
  const stop = watchChanges(desk, {
    isHeard: () => isHeard,
    onLists() {
      modern.notify.toolsChanged();
      modern.notify.promptsChanged();
      modern.notify.resourcesChanged();
      for (const listener of sessions.listeners()) listener.onLists();
    },
    onResource(uri) {
      modern.notify.resourceUpdated(uri);
      for (const listener of sessions.listeners()) listener.onResource(uri);
    },
  });
  const leave = (): void => {
    desk.calledOff.leave();
    stop();
    modern.close().catch(() => {}); // It is closed once more, and awaited, at the end.
  };
  return {
    async answer(request, guest) {
      if (request.method !== "POST") {
        if (!request.headers.has("mcp-session-id")) return notAllowed();
        return boundStream(await sessions.serve(request, undefined, guest), guest.expiresAtMs);
      }
      const posted = await readMessage(request);
      if ("refusal" in posted) return posted.refusal;
      const { message } = posted;
      const isLegacy = await isLegacyRequest(request, message);
      const refusal = checkMessage(message, request.headers, guest, isLegacy);
      if (refusal !== undefined) return refusal;
      isHeard ||= isLegacy || isListening(message);
      if (isLegacy) return await sessions.serve(request, message, guest);
      guests.set(request, guest);
      const response = await modern.fetch(request, { parsedBody: message });
      return isListening(message) ? boundStream(response, guest.expiresAtMs) : response;
    },
    leave,
    async close() {
      leave();
      await modern.close();
      await sessions.close();
    },
  };
}

function notAllowed(): Response {
  const response = errorResponse(405, -32_000, "Without a session there is nothing to read or to end.");
  response.headers.set("allow", "POST");
  return response;
}

function isListening(message: unknown): boolean {
  return (
    typeof message === "object" &&
    message !== null &&
    "method" in message &&
    message.method === "subscriptions/listen"
  );
}
