import type { Principal } from "../contract/principal.ts";
import type { TraceParent } from "../contract/watch.ts";
import type { Offer } from "../workflow/offers.ts";
import type { Panel } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";
import type { Desk } from "./desk.ts";
import { whenQuiet } from "./run-state.ts";

/** Reason of runs whose client went away, or called the call off. */
export const CALLED_OFF = "the client cancelled the call";

/** Where a client names a call, so that it has one effect however often it is made. */
export const KEY_META = "airun/idempotency-key";

const MAX_ATTEMPTS = 100;

export type Begun = {
  readonly run: string;
  /** Where it was started just now. */
  readonly settled?: Promise<RunView>;
};

export type Beginning = {
  readonly panel: Pick<Panel, "start">;
  readonly caller: Principal;
  readonly offer: Offer;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly key: string | undefined;
  /** The span that the call comes from. */
  readonly correlation?: TraceParent;
};

/**
 * Starts what a call stands for, as every surface does. A call that was named before is answered by the run that it
 * started then, except where that was called off and taken back: then nothing of it is left, and it starts anew.
 *
 * @throws KEY_REUSED where the name was another call's; what `start` throws
 */
export async function beginRun(desk: Desk, beginning: Beginning, signal: AbortSignal): Promise<Begun> {
  const { panel, caller, offer, inputs, key, correlation } = beginning;
  const options = {
    inputs,
    ...(offer.kind === "facade" ? { facade: offer.name } : {}),
    ...(correlation === undefined ? {} : { correlation }),
  };
  if (key === undefined) return await panel.start(offer.target, options);
  const request = { tool: offer.name, inputs };
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    // A client's own key has no space.
    const name = `mcp:${key}${attempt === 1 ? "" : ` ${attempt}`}`;
    let settled: Promise<RunView> | undefined;
    const run = await desk.requests.once(caller, name, request, async (id) => {
      ({ settled } = await panel.start(offer.target, { ...options, run: id }));
    });
    if (settled !== undefined) return { run, settled };
    if (!(await wasTakenBack(desk, run, signal))) return { run };
  }
  throw new Error(`The call ${key} was called off ${MAX_ATTEMPTS} times.`);
}

async function wasTakenBack(desk: Desk, run: string, signal: AbortSignal): Promise<boolean> {
  const { ledger } = desk.station.runtime;
  const [order] = ledger.entries({ run, types: ["run-cancel-requested"] });
  if (order?.data.reason !== CALLED_OFF) return false;
  const view = await whenQuiet(desk, run, signal);
  return view?.status === "ROLLED_BACK";
}
