import type { CallToolResult, Tool } from "@modelcontextprotocol/server";
import { z } from "zod";

import { RuntimeError } from "../contract/errors.ts";
import type { Principal } from "../contract/principal.ts";
import { describeFailure } from "./describe-failure.ts";
import type { Desk } from "./desk.ts";
import { presentRun } from "./present-run.ts";
import { failed, succeeded } from "./result.ts";
import { requireOwn, whenQuiet } from "./run-state.ts";

const Undo = z.strictObject({
  run: z.string().min(1).describe("As the result of the call names it, in airun/run."),
});
const Result = z.strictObject({
  run: z.string().min(1).describe("As the answer to the call names it."),
  wait_seconds: z
    .int()
    .min(0)
    .max(45)
    .default(0)
    .describe("How long to wait for it, where it is not there yet."),
});

/** Beside what somebody may ask for there is always a way back, and a way to find out what became of a call. */
export const OWN_TOOLS: readonly Tool[] = [
  {
    name: "undo",
    description:
      "Takes back everything that one of your earlier calls did. Nothing is touched where somebody changed the same paths since.",
    inputSchema: schemaOf(Undo),
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
  },
  {
    name: "result",
    description:
      "The result of one of your earlier calls that waited for a person's approval, or what it still waits for.",
    inputSchema: schemaOf(Result),
    annotations: {
      title: "result",
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
  },
];

export function isOwnTool(name: string): boolean {
  return OWN_TOOLS.some((tool) => tool.name === name);
}

/** Calls one of them, for a run of the same agent for the same person; another's is as unknown as one that there is not. */
export async function callOwnTool(
  desk: Desk,
  caller: Principal,
  name: string,
  given: unknown,
  signal: AbortSignal,
): Promise<CallToolResult> {
  try {
    return name === "undo" ? await undo(desk, caller, given) : await result(desk, caller, given, signal);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return failed({ failure: describeFailure(desk, error) });
  }
}

async function undo(desk: Desk, caller: Principal, given: unknown): Promise<CallToolResult> {
  const { run } = read(Undo, given, "undo takes the id of a run, as { run }.");
  requireOwn(desk, caller, run);
  const { status } = await desk.station.panelFor(caller).undo(run, { reason: "asked for over MCP" });
  return succeeded({ run, status }, run);
}

async function result(
  desk: Desk,
  caller: Principal,
  given: unknown,
  signal: AbortSignal,
): Promise<CallToolResult> {
  const { run, wait_seconds } = read(
    Result,
    given,
    "result takes the id of a run, as { run, wait_seconds? }.",
  );
  requireOwn(desk, caller, run);
  const view = await whenQuiet(
    desk,
    run,
    AbortSignal.any([signal, AbortSignal.timeout(wait_seconds * 1000)]),
  );
  return view === undefined ? failed({ run, status: "RUNNING" }, run) : presentRun(desk, view);
}

function read<Shape extends z.ZodType>(schema: Shape, given: unknown, message: string): z.output<Shape> {
  const { success, data } = schema.safeParse(given);
  if (success) return data;
  throw new RuntimeError("INPUT_INVALID", message);
}

function schemaOf(schema: z.ZodObject): Tool["inputSchema"] {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return { ...(rest as Tool["inputSchema"]), type: "object" };
}
