import { randomUUID } from "node:crypto";

import { type Server, WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";

import { type Guest, isSame } from "./guest.ts";
import { errorResponse } from "./read-message.ts";
import { subscribable } from "./subscribable.ts";
import type { Listener } from "./watch-changes.ts";

const MOST = 256;
const MOST_OF_ONE = 32;
const IDLE_MS = 60 * 60 * 1000;

type Session = {
  readonly guest: Guest;
  readonly server: Server;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly listener: Listener;
  usedAtMs: number;
};

/** The sessions of clients that speak a revision from before 2026-07-28. */
export type Sessions = {
  readonly serve: (request: Request, message: unknown, guest: Guest) => Promise<Response>;
  /** Every client that is connected. */
  readonly listeners: () => Iterable<Listener>;
  readonly close: () => Promise<void>;
};

/** Each session belongs to whom it was opened for: for everybody else there is no such session. */
export function openSessions(createServer: (guest: Guest) => Server, now: () => number = Date.now): Sessions {
  const sessions = new Map<string, Session>();
  /** Those that have no id yet. */
  const opening = new Set<Session>();

  const end = async (id: string): Promise<void> => {
    const session = sessions.get(id);
    sessions.delete(id);
    await session?.server.close();
  };

  const endIdle = async (): Promise<void> => {
    for (const [id, { usedAtMs }] of sessions) if (usedAtMs < now() - IDLE_MS) await end(id);
  };

  const hasRoom = ({ principal }: Guest): boolean => {
    const all = [...sessions.values(), ...opening];
    const own = all.filter(({ guest }) => isSame(guest.principal, principal));
    return all.length < MOST && own.length < MOST_OF_ONE;
  };

  const sessionOf = (guest: Guest): Session => {
    const server = createServer(guest);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized(id) {
        opening.delete(session);
        sessions.set(id, session);
      },
      onsessionclosed: (id) => end(id),
    });
    const session: Session = {
      guest,
      server,
      transport,
      listener: subscribable(server, "legacy"),
      usedAtMs: now(),
    };
    return session;
  };

  const initialize = async (request: Request, message: unknown, guest: Guest): Promise<Response> => {
    await endIdle();
    if (!hasRoom(guest)) return errorResponse(429, -32_000, "There are too many sessions; end some of them.");
    const session = sessionOf(guest);
    // In the same turn as there was room: many may come at once.
    opening.add(session);
    try {
      await session.server.connect(session.transport);
      return await session.transport.handleRequest(request, { parsedBody: message });
    } finally {
      opening.delete(session);
    }
  };

  return {
    async serve(request, message, guest) {
      const id = request.headers.get("mcp-session-id");
      if (id === null) {
        if (!isInitialize(message))
          return errorResponse(400, -32_000, "The header Mcp-Session-Id is missing.");
        return await initialize(request, message, guest);
      }
      const session = sessions.get(id);
      if (session === undefined || !isOf(session.guest, guest))
        return errorResponse(404, -32_001, "There is no such session.");
      session.usedAtMs = now();
      const parsed = message === undefined ? {} : { parsedBody: message };
      return await session.transport.handleRequest(request, parsed);
    },
    *listeners() {
      for (const { listener } of sessions.values()) yield listener;
    },
    async close() {
      await Promise.all([...sessions.keys()].map(end));
    },
  };
}

/** Also what their token lets do: a session never outlasts it under another. */
function isOf(opener: Guest, guest: Guest): boolean {
  return isSame(opener.principal, guest.principal) && scopesOf(opener) === scopesOf(guest);
}

function scopesOf({ principal }: Guest): string {
  return [...principal.scopes].sort().join(" ");
}

function isInitialize(message: unknown): boolean {
  return (
    typeof message === "object" && message !== null && "method" in message && message.method === "initialize"
  );
}
