import {
  type CallToolResult,
  type ClientCapabilities,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  LOG_LEVEL_META_KEY,
  ProtocolErrorCode,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";

import type { Principal } from "../contract/principal.ts";
import { traceParentOf } from "../contract/trace-parent.ts";
import type { TraceParent } from "../contract/watch.ts";
import type { Offer } from "../workflow/offers.ts";
import { KEY_META } from "./begin-run.ts";
import { callTool } from "./call-tool.ts";
import { type Abilities, abilitiesOf, TASKS } from "./client-abilities.ts";
import type { Desk } from "./desk.ts";
import type { Told } from "./follow-run.ts";
import { asAgent, type Guest } from "./guest.ts";
import { type HeldCall, openHeldCalls } from "./held-call.ts";
import { callOwnTool, isOwnTool, OWN_TOOLS } from "./own-tools.ts";
import { type Round, serveSources } from "./serve-sources.ts";
import { needsTask } from "./task.ts";
import { serveTasks } from "./task-methods.ts";
import { toolOf } from "./tool.ts";
import { withoutFaults } from "./without-faults.ts";

export type Era = "modern" | "legacy";

const INSTRUCTIONS = [
  "Each tool call is checked against a contract and a constitution, recorded before it acts, and can be undone with the tool undo, given the run that its result names in _meta airun/run.",
  "A call that needs a person's approval waits for it; the tool result tells what became of it.",
  "A call that is made again with the same airun/idempotency-key in _meta has one effect.",
].join(" ");

/** An MCP server whose tools are what its guest may ask for, and a way back. */
export function createMcpServer(desk: Desk, guest: Guest, era: Era): Server {
  const { station, onFault } = desk;
  const clientName = (): string | undefined => server.getClientVersion()?.name;
  const whoAsks = (): Principal => asAgent(guest, clientName());
  const held = openHeldCalls(desk, whoAsks);
  const server = new Server(
    { name: "ai-first-runtime", version: desk.version },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        completions: {},
        // Gone from the newest revision, where a client may still ask for it with a single request.
        logging: {},
        ...(era === "modern" ? { extensions: { [TASKS]: {} } } : {}),
      },
      instructions: INSTRUCTIONS,
      requestState: { verify: (state, context) => held.verify(state, context) },
      inputRequired: { maxRounds: MAX_ROUNDS },
    },
  );
  const roundOf = (context: ServerContext): Round => ({
    abilities: abilitiesIn(era, server.getClientCapabilities()),
    held: context.mcpReq.requestState<HeldCall>(),
    responses: context.mcpReq.inputResponses ?? {},
    keep: (call) => held.mint(call, context),
  });

  server.setRequestHandler(
    "tools/list",
    withoutFaults(onFault, async () => {
      const offers = await station.panelFor(whoAsks()).offers();
      return { tools: [...offers.map(toolOf), ...OWN_TOOLS] };
    }),
  );
  server.setRequestHandler(
    "tools/call",
    withoutFaults(onFault, async ({ params }, context) => {
      const caller = whoAsks();
      const { name, arguments: inputs = {} } = params;
      const { signal, _meta } = context.mcpReq;
      if (isOwnTool(name)) return await callOwnTool(desk, caller, name, inputs, signal);
      const panel = station.panelFor(caller);
      const offer = requireOffer(await panel.offer(name), name);
      const round = roundOf(context);
      requireTasks(offer, round.abilities, era);
      const answer = await callTool(desk, {
        ...round,
        panel,
        caller,
        offer,
        inputs,
        signal,
        isOneRequest: era === "legacy",
        key: keyIn(_meta),
        ...traceParentIn(_meta),
        told: toldBy(context, era),
      });
      // An answer of another kind than a result is told by its `resultType`.
      return "resultType" in answer
        ? (answer as unknown as CallToolResult)
        : server.projectCallToolResult(answer, toolOf(offer).outputSchema);
    }),
  );
  serveSources(server, desk, whoAsks, roundOf);
  if (era === "modern") serveTasks(server, desk, whoAsks);
  return server;
}

const MAX_ROUNDS = 100;

/** The tasks of the older revision are others; these are of the newest alone. */
function abilitiesIn(era: Era, declared: ClientCapabilities | undefined): Abilities {
  const abilities = abilitiesOf(declared);
  return era === "modern" ? abilities : { ...abilities, tasks: false };
}

/** @throws ProtocolError, the same for what does not exist, what is not ACTIVE and what is somebody else's */
function requireOffer(offer: Offer | undefined, wanted: string): Offer {
  if (offer !== undefined) return offer;
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool "${wanted.slice(0, 100)}".`);
}

function requireTasks(offer: Offer, { tasks }: Abilities, era: Era): void {
  if (era === "legacy" || tasks || !needsTask(offer)) return;
  throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: { [TASKS]: {} } } });
}

/** @throws ProtocolError */
function keyIn(meta: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const key = meta?.[KEY_META];
  if (key === undefined || (typeof key === "string" && /^[!-~]{1,180}$/.test(key))) return key;
  throw new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `_meta ${KEY_META} is not 1 to 180 visible ASCII characters.`,
  );
}

/** W3C Trace Context, as SEP-414 carries it; what is malformed is ignored. */
function traceParentIn({ traceparent, tracestate }: Readonly<Record<string, unknown>> = {}): {
  readonly correlation?: TraceParent;
} {
  const trace = traceParentOf(traceparent, tracestate);
  return trace.traceparent === undefined ? {} : { correlation: trace };
}

function toldBy({ mcpReq: { _meta, envelope, notify, log } }: ServerContext, era: Era): Told {
  const progressToken = _meta?.progressToken;
  // The older ones set a level for their session; since 2026-07-28 a request that names none hears no log.
  const isLogged = era === "legacy" || (envelope !== undefined && LOG_LEVEL_META_KEY in envelope);
  return {
    ...(isLogged ? { log: (data) => log("info", data, "airun") } : {}),
    ...(progressToken === undefined
      ? {}
      : {
          progress: (progress: number, total: number, message: string) =>
            notify({ method: "notifications/progress", params: { progressToken, progress, total, message } }),
        }),
  };
}
