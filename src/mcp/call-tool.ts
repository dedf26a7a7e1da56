import type { CallToolResult } from "@modelcontextprotocol/server";

import { RuntimeError, toFailure } from "../contract/errors.ts";
import type { Offer } from "../workflow/offers.ts";
import type { Panel } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";
import { failed, succeeded } from "./result.ts";

type Desk = Pick<Panel, "start" | "cancel" | "approvals">;

/**
 * Runs what a tool stands for, as every surface does. A client that goes away, or cancels, ends the run, and what it
 * did is taken back. What was refused, failed or waits for a human is a result with `isError`.
 */
export async function callTool(
  desk: Desk,
  offer: Offer,
  inputs: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<CallToolResult> {
  try {
    const facade = offer.kind === "facade" ? { facade: offer.name } : {};
    const { run, settled } = await desk.start(offer.target, { inputs, ...facade });
    const stop = (): void =>
      void desk.cancel(run, "the client cancelled the call", true).catch(() => {
        // It has ended by itself meanwhile, or recovery finds it.
      });
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const view = await settled.finally(() => signal.removeEventListener("abort", stop));
    return resultOf(desk, offer, view);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return failed({ failure: toFailure(error) });
  }
}

function resultOf(
  desk: Desk,
  offer: Offer,
  { run, status, outputs, reason, failure }: RunView,
): CallToolResult {
  switch (status) {
    case "COMPLETED":
      return succeeded(offer.kind === "capability" ? outputs : { run, outputs }, run);
    case "PAUSED":
      return failed({ run, status, reason, waitsFor: desk.approvals(run).map(waiting) }, run);
    default:
      return failed({ run, status, reason, failure }, run);
  }
}

/** What a human is asked, and how they answer: an agent's own yes counts for nothing. */
function waiting({ id, text, expiresAt }: ReturnType<Panel["approvals"]>[number]) {
  return { approval: id, question: text, expiresAt, answer: `airun approve ${id}, or airun reject ${id}` };
}
