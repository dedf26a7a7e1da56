import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { makePrivate, makePrivateDir, readPrivate } from "../ledger/private-file.ts";
import { type Feed, openFeed } from "../operate/feed.ts";
import { openRequests, type Requests } from "../operate/requests.ts";
import type { Station } from "../operate/station.ts";
import { facadeSource } from "./facade-source.ts";
import { packSource } from "./pack-source.ts";
import { runSource } from "./run-source.ts";
import type { Source } from "./source.ts";
import { type CalledOff, trackCalledOff } from "./called-off.ts";
import type { OnFault } from "./without-faults.ts";

/** What MCP clients are served from, whatever they come through. */
export type Desk = {
  readonly station: Station;
  readonly version: string;
  /** The workspace's ledger as it grows. */
  readonly feed: Feed;
  readonly requests: Requests;
  /** Where a person answers in a browser, where there is a server for that. */
  readonly consoleUrl: () => string | undefined;
  /** Where resources and prompts come from. */
  readonly sources: readonly Source[];
  readonly onFault: OnFault;
  /** For so long a request is kept open while a person answers elsewhere; clients give up after a minute. */
  readonly holdMs: number;
  /** What was called off, and is being taken back. */
  readonly calledOff: CalledOff;
  /** What the state is signed with that a client keeps between two rounds of a call. */
  readonly stateKey: Uint8Array;
};

export type DeskOptions = Pick<Desk, "station" | "version" | "consoleUrl" | "onFault"> & {
  /** What the caller has of these already. */
  readonly feed?: Feed;
  readonly requests?: Requests;
  readonly holdMs?: number;
  /** Beside those of runs, packs and facades. */
  readonly sources?: (station: Station) => readonly Source[];
};

const HOLD_MS = 45_000;

/** @throws OS_PERMISSION where the signing key can be read by others */
export function openDesk(options: DeskOptions): Desk & Disposable {
  const { station } = options;
  const { runtime } = station;
  using opened = new DisposableStack();
  const feed = options.feed ?? opened.adopt(openFeed(runtime.ledger), (each) => each.close());
  const desk = {
    ...options,
    feed,
    holdMs: options.holdMs ?? HOLD_MS,
    requests: options.requests ?? openRequests(runtime.ledger),
    sources: [
      ...(options.sources?.(station) ?? []),
      facadeSource({ station }),
      packSource({ station }),
      runSource({ station }),
    ],
    stateKey: stateKeyOf(runtime.home),
    calledOff: trackCalledOff(),
  };
  const resources = opened.move();
  return { ...desk, [Symbol.dispose]: () => resources.dispose() };
}

const KEY_BYTES = 32;

/** One for the installation: a call may go on in another process than it began in. */
function stateKeyOf(home: string): Uint8Array {
  const directory = join(home, "keys");
  makePrivateDir(directory);
  const file = join(directory, "mcp-state");
  return readPrivate(file) ?? makePrivate(file, randomBytes(KEY_BYTES));
}
