import type { Server } from "@modelcontextprotocol/server";

import type { Era } from "./server.ts";
import type { Listener } from "./watch-changes.ts";

const MOST_SUBSCRIPTIONS = 100;

/**
 * Lets the client of a lasting connection hear of changes: of resources those alone that it subscribed to, in the way
 * of its revision.
 */
export function subscribable(server: Server, era: Era): Listener {
  const subscribed = new Set<string>();
  if (era === "legacy") {
    server.setRequestHandler("resources/subscribe", ({ params: { uri } }) => {
      if (subscribed.size < MOST_SUBSCRIPTIONS) subscribed.add(uri);
      return {};
    });
    server.setRequestHandler("resources/unsubscribe", ({ params: { uri } }) => {
      subscribed.delete(uri);
      return {};
    });
  }
  const send = (notify: () => Promise<void>): void => {
    if (server.transport !== undefined) notify().catch(() => {}); // The client may have gone meanwhile.
  };
  return {
    onLists() {
      send(() => server.sendToolListChanged());
      send(() => server.sendPromptListChanged());
      send(() => server.sendResourceListChanged());
    },
    onResource(uri) {
      // Of the newest revision, the connection itself knows what the client listens to.
      if (era === "modern" || subscribed.has(uri)) send(() => server.sendResourceUpdated({ uri }));
    },
  };
}
