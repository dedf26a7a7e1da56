import type { Server } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";

import type { Desk } from "./desk.ts";
import type { Guest } from "./guest.ts";
import { createMcpServer } from "./server.ts";
import { subscribable } from "./subscribable.ts";
import { watchChanges } from "./watch-changes.ts";

const TAKE_BACK_MS = 5_000;

/** Serves one client over this process's standard input and output, until it closes them. */
export async function serveOverStdio(desk: Desk, guest: Guest): Promise<void> {
  let server: Server | undefined;
  let tell: ReturnType<typeof subscribable> | undefined;
  const handle = serveStdio(
    ({ era }) => {
      server = createMcpServer(desk, guest, era);
      tell = subscribable(server, era);
      return server;
    },
    { onerror: desk.onFault },
  );
  const stop = watchChanges(desk, {
    isHeard: () => tell !== undefined,
    onLists: () => tell?.onLists(),
    onResource: (uri) => tell?.onResource(uri),
  });
  await new Promise<void>((resolve) => process.stdin.once("close", resolve).once("end", resolve));
  stop();
  await handle.close();
  await desk.calledOff.settled(TAKE_BACK_MS);
}
