import {
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
} from "@modelcontextprotocol/server";
import { z } from "zod";

import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import type { RunRow } from "../ledger/ledger.ts";
import { cancelRun } from "../workflow/control.ts";
import { takeAnswers } from "./ask-client.ts";
import { CALLED_OFF } from "./begin-run.ts";
import { type Abilities, abilitiesOf, TASKS } from "./client-abilities.ts";
import type { Desk } from "./desk.ts";
import { requireOwn } from "./run-state.ts";
import { showTask } from "./task.ts";
import { withoutFaults } from "./without-faults.ts";

const Params = z.looseObject({ taskId: z.unknown() });

/** The methods of the extension `io.modelcontextprotocol/tasks`: a task is a run, of the same agent for the same person. */
export function serveTasks(server: Server, desk: Desk, whoAsks: () => Principal): void {
  const { onFault } = desk;
  const requireAbility = (): Abilities => {
    const abilities = abilitiesOf(server.getClientCapabilities());
    if (abilities.tasks) return abilities;
    throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: { [TASKS]: {} } } });
  };
  const requireTask = (given: unknown): RunRow => {
    const id = typeof given === "string" ? given : "";
    try {
      return requireOwn(desk, whoAsks(), id);
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `There is no task "${id.slice(0, 100)}" of yours.`,
      );
    }
  };
  server.setRequestHandler(
    "tasks/get",
    { params: Params },
    withoutFaults(onFault, ({ taskId }) => {
      const abilities = requireAbility();
      return showTask(desk, requireTask(taskId), whoAsks(), abilities);
    }),
  );
  server.setRequestHandler(
    "tasks/update",
    { params: Params },
    withoutFaults(onFault, async ({ taskId }, { mcpReq: { inputResponses = {} } }) => {
      requireAbility();
      await tolerate(() => takeAnswers(desk, whoAsks(), requireTask(taskId).id, inputResponses));
      return {};
    }),
  );
  server.setRequestHandler(
    "tasks/cancel",
    { params: Params },
    withoutFaults(onFault, async ({ taskId }) => {
      requireAbility();
      const { id, endedAt } = requireTask(taskId);
      if (endedAt === null)
        await tolerate(async () => {
          const { settled } = await cancelRun(desk.station.controlFor(whoAsks()), id, CALLED_OFF, true);
          settled.catch(() => {});
        });
      return {};
    }),
  );
}

/** What the runtime refuses shows in the task; the order itself was taken. */
async function tolerate(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code.startsWith("LEDGER_")) throw error;
  }
}
