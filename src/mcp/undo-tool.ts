import type { CallToolResult, Tool } from "@modelcontextprotocol/server";
import { z } from "zod";

import { RuntimeError, toFailure } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Panel } from "../workflow/runtime.ts";
import { failed, succeeded } from "./result.ts";

const Arguments = z.strictObject({ run: z.string().min(1) });

/** Beside what somebody may ask for there is always a way back. */
export const UNDO_TOOL: Tool = {
  name: "undo",
  description:
    "Takes back everything that one of your earlier calls did. Nothing is touched where somebody changed the same paths since.",
  inputSchema: {
    type: "object",
    properties: { run: { type: "string", description: "As the result of the call names it, in airun/run." } },
    required: ["run"],
    additionalProperties: false,
  },
  outputSchema: {
    type: "object",
    properties: { run: { type: "string" }, status: { type: "string" } },
    required: ["run", "status"],
  },
  annotations: {
    title: "undo",
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
};

/** Undoes a run of the same agent for the same person; another's is as unknown as one that there is not. */
export async function callUndo(
  panel: Pick<Panel, "undo">,
  ledger: Pick<Ledger, "run" | "object">,
  principal: Principal,
  given: unknown,
): Promise<CallToolResult> {
  try {
    const { success, data } = Arguments.safeParse(given);
    if (!success) throw new RuntimeError("INPUT_INVALID", "undo takes the id of a run, as { run }.");
    const { run } = data;
    const row = ledger.run(run);
    const owner = row === undefined ? undefined : (ledger.object(row.by) as Principal);
    if (owner?.human !== principal.human || owner.agent !== principal.agent)
      throw new RuntimeError("RUN_UNKNOWN", `There is no run ${JSON.stringify(run.slice(0, 100))} of yours.`);
    const { status } = await panel.undo(run, { reason: "asked for over MCP" });
    return succeeded({ run, status }, run);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return failed({ failure: toFailure(error) });
  }
}
