import {
  createRequestStateCodec,
  type RequestStateCodec,
  type ServerContext,
} from "@modelcontextprotocol/server";

import { digestOf } from "../contract/digest.ts";
import type { Principal } from "../contract/principal.ts";
import type { Desk } from "./desk.ts";

/** What a client keeps of a call between two rounds; signed, because it comes back from the client. */
export type HeldCall = {
  /** Digest of the name and the arguments. */
  readonly call: string;
} & (WaitingRun | NextRound);

/** A run that waits for answers. */
type WaitingRun = {
  readonly kind: "run";
  readonly run: string;
  /** Approvals whose page the person has opened. */
  readonly opened: readonly string[];
};

/** A capability asked the client itself, and is called again with the answers: once, by the round's id. */
type NextRound = {
  readonly kind: "round";
  readonly id: string;
  /** What it wants to be told again. */
  readonly state?: unknown;
};

const SECONDS = 24 * 60 * 60;

/**
 * Signs and checks held calls: each is good for this workspace, for the same person and agent, and for the method that
 * it came from. What it leads to is used once: an approval is answered once, and a run is started once.
 */
export function openHeldCalls(
  { station, stateKey }: Pick<Desk, "station" | "stateKey">,
  caller: () => Principal,
): RequestStateCodec<HeldCall> {
  return createRequestStateCodec<HeldCall>({
    key: stateKey,
    ttlSeconds: SECONDS,
    bind: ({ mcpReq: { method } }: ServerContext) => {
      const { human, agent } = caller();
      return JSON.stringify([station.runtime.ledger.id, method, human, agent]);
    },
  });
}

export function digestOfCall(name: string, inputs: Readonly<Record<string, unknown>>): string {
  return digestOf({ name, inputs });
}
