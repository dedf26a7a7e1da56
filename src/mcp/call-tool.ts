import type { CallToolResult } from "@modelcontextprotocol/server";

import { type Failure, RuntimeError, toFailure } from "../contract/errors.ts";
import type { Offer } from "../workflow/offers.ts";
import type { Runtime } from "../workflow/runtime.ts";
import type { RunView } from "../workflow/view.ts";

type Panel = Pick<Runtime, "start" | "cancel">;

/**
 * Runs what a tool stands for, as every surface does. A client that goes away, or cancels, ends the run, and what it
 * did is taken back. What was refused or failed is a result with `isError`: the agent can read why.
 */
export async function callTool(
  panel: Panel,
  offer: Offer,
  inputs: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<CallToolResult> {
  try {
    const facade = offer.kind === "facade" ? { facade: offer.name } : {};
    const { run, settled } = await panel.start(offer.target, { inputs, ...facade });
    const stop = (): void =>
      void panel.cancel(run, "the client cancelled the call", true).catch(() => {
        // It has ended by itself meanwhile, or recovery finds it.
      });
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const view = await settled.finally(() => signal.removeEventListener("abort", stop));
    return resultOf(offer, view);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return refusal(toFailure(error));
  }
}

/** Where a result says which run it came from, for `undo` and for people who look it up. */
const RUN_META = "airun/run";

function resultOf(offer: Offer, view: RunView): CallToolResult {
  const _meta = { [RUN_META]: view.run };
  switch (view.status) {
    case "COMPLETED": {
      const structuredContent =
        offer.kind === "capability" ? view.outputs : { run: view.run, outputs: view.outputs };
      return { content: [text(structuredContent)], structuredContent, _meta };
    }
    case "PAUSED":
      return {
        isError: true,
        content: [
          text({ waiting: `The run ${view.run} waits: ${view.reason ?? "for an approval"}.`, run: view.run }),
        ],
        _meta,
      };
    default: {
      const { status, failure, reason } = view;
      return { isError: true, content: [text({ run: view.run, status, reason, failure })], _meta };
    }
  }
}

function refusal(failure: Failure): CallToolResult {
  return { isError: true, content: [text({ failure })] };
}

function text(value: unknown): { type: "text"; text: string } {
  return { type: "text", text: JSON.stringify(value) };
}
