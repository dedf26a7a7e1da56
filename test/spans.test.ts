import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { z } from "zod";
import { afterAll, beforeEach, expect, test, vi } from "vitest";

import { defineCapability } from "../src/index.ts";
import { StartedRun } from "../src/contract/rest/run.ts";
import { watchWithSpans } from "../src/spans.ts";
import { startGovernor } from "./bridge/governor-server.ts";
import { openTestControl, runTo, settled } from "./control/open.ts";
import { openIn } from "./installation.ts";
import { openSite, rpc } from "./mcp/site.ts";
import { verifies } from "./requirements.ts";
import { scratch } from "./scratch.ts";

verifies("control:traces");

// Before anybody registers a provider there is nothing to tell it.
const RUN = { run: "r", kind: "workflow", name: "w", version: "1" };
const before = watchWithSpans(RUN);

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
beforeEach(() => exporter.reset());
afterAll(() => {
  trace.disable();
  context.disable();
});

const STAGES = ["resolve", "validate", "decide", "handshake", "intend", "act", "record"];
const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

const spans = (): ReadableSpan[] => exporter.getFinishedSpans();
/** A run's span ends a moment after everybody can see that the run has ended. */
const spanOf = (name: string): Promise<ReadableSpan> =>
  vi.waitFor(
    () => {
      const found = spans().find((span) => span.name === name);
      if (found === undefined)
        throw new Error(
          `no span "${name}" among ${spans()
            .map((span) => span.name)
            .join(", ")}`,
        );
      return found;
    },
    { timeout: 30_000 },
  );
const childrenOf = (parent: ReadableSpan): ReadableSpan[] =>
  spans().filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent.spanContext().spanId);

test("without a provider nothing is watched", () => {
  expect(before).toBeNull();
  expect(watchWithSpans(RUN)).not.toBeNull();
});

test("a run over REST is one trace under the caller's span: the run, its calls, their seven stages", async () => {
  await using control = await openTestControl();
  const body = { target: "io.fs.write_file", inputs: { path: "private/plan.txt", content: "the content" } };
  const headers = { ...control.bearer, traceparent: TRACEPARENT, tracestate: "vendor=1" };
  const answer = await control.ask(
    "POST",
    "/v1/runs",
    { ...body, inputs: { ...body.inputs, create_dirs: true } },
    headers,
  );
  const { run } = StartedRun.parse(answer.body);
  await settled(control, run);

  const whole = await spanOf("run io.fs.write_file");
  expect(whole.spanContext().traceId).toBe(TRACE_ID);
  expect(whole.parentSpanContext).toMatchObject({ spanId: "00f067aa0ba902b7", isRemote: true });
  expect(whole.spanContext().traceState?.serialize()).toBe("vendor=1");
  expect(whole.attributes).toMatchObject({ "airun.run": run, "airun.status": "COMPLETED" });
  const [call, ...others] = childrenOf(whole);
  expect(others).toEqual([]);
  expect(call?.name).toBe("execute_tool io.fs.write_file");
  expect(call?.attributes).toMatchObject({
    "gen_ai.operation.name": "execute_tool",
    "airun.step": "call",
    "airun.decision": "allow",
    "airun.outcome": "completed",
  });
  expect(call === undefined ? [] : childrenOf(call).map(({ name }) => name)).toEqual(
    STAGES.map((stage) => `airun.${stage}`),
  );
  // What watches may send it anywhere.
  const told = JSON.stringify(
    spans().map(({ name, attributes, events, status }) => [name, attributes, events, status]),
  );
  for (const secret of ["plan.txt", "private", "the content", control.directory.path])
    expect(told).not.toContain(secret);
  const [started] = control.station.runtime.ledger.entries({ run, types: ["run-started"] });
  expect(started?.data.correlation).toEqual({ traceparent: TRACEPARENT, tracestate: "vendor=1" });
});

test.for(["nonsense", `00-${"0".repeat(32)}-00f067aa0ba902b7-01`])(
  "a traceparent that is none is ignored: %s",
  async (traceparent) => {
    await using control = await openTestControl();
    const answer = await control.ask(
      "POST",
      "/v1/runs",
      { target: "sys.info.get_time" },
      { ...control.bearer, traceparent },
    );
    await settled(control, StartedRun.parse(answer.body).run);
    expect((await spanOf("run sys.info.get_time")).parentSpanContext).toBeUndefined();
  },
);

test("a call over MCP is below the span that its _meta names", async () => {
  await using site = await openSite();
  const params = { name: "sys.info.get_time", arguments: {}, _meta: { traceparent: TRACEPARENT } };
  expect((await rpc(site, "tools/call", params)).result).toBeDefined();
  const whole = await spanOf("run sys.info.get_time");
  expect(whole.spanContext().traceId).toBe(TRACE_ID);
  expect(whole.parentSpanContext).toMatchObject({ spanId: "00f067aa0ba902b7", isRemote: true });
});

test("a governor over HTTP is told the span of the run that it is asked about", async () => {
  await using governor = await startGovernor(() => "allow");
  await using control = await openTestControl(governor.env);
  const headers = { ...control.bearer, traceparent: TRACEPARENT, tracestate: "vendor=1" };
  const answer = await control.ask("POST", "/v1/runs", { target: "sys.info.get_time" }, headers);
  await settled(control, StartedRun.parse(answer.body).run);
  const { spanId } = (await spanOf("run sys.info.get_time")).spanContext();
  await vi.waitFor(() => expect(governor.asked.at(-1)?.event).toBe("post_execution"), { timeout: 30_000 });
  const told = governor.seen.map(({ headers: { traceparent, tracestate } }) => [traceparent, tracestate]);
  expect(told.length).toBeGreaterThan(2);
  expect(new Set(told.map(String))).toEqual(new Set([`00-${TRACE_ID}-${spanId}-01,vendor=1`]));
  expect(governor.badSignatures).toEqual([]);
});

test("a failure is told by its code, at the stage where it happened", async () => {
  await using control = await openTestControl();
  await runTo(control, { target: "io.fs.read_file", inputs: { path: "not/here.txt" } });
  const call = await spanOf("execute_tool io.fs.read_file");
  expect(call.attributes["error.type"]).toBe("FILE_NOT_FOUND");
  expect(call.status).toEqual({ code: SpanStatusCode.ERROR, message: "FILE_NOT_FOUND" });
  expect(childrenOf(call).map(({ name }) => name)).toEqual(
    STAGES.slice(0, 6).map((stage) => `airun.${stage}`),
  );
  expect((await spanOf("airun.act")).status.code).toBe(SpanStatusCode.ERROR);
  expect((await spanOf("airun.intend")).status.code).toBe(SpanStatusCode.UNSET);
  expect(JSON.stringify(call.events)).not.toContain("here.txt");
});

test("a run that waits, and goes on in another process, stays in the caller's trace", async () => {
  const first = await openTestControl();
  const body = { target: "sys.exec.run", inputs: { command: "ls", args: [] } };
  const answer = await first.ask("POST", "/v1/runs", body, { ...first.bearer, traceparent: TRACEPARENT });
  const { run } = StartedRun.parse(answer.body);
  expect(await settled(first, run)).toMatchObject({ status: "paused" });
  expect((await spanOf("execute_tool sys.exec.run")).attributes).toMatchObject({
    "airun.decision": "step_up",
    "airun.outcome": "needs-approval",
  });
  expect((await spanOf("run sys.exec.run")).attributes["airun.status"]).toBe("PAUSED");
  await first.close();
  exporter.reset();
  await using second = await openTestControl({}, first.directory);
  await second.ask("POST", `/v1/runs/${run}/approval`, { decision: "rejected", reason: "no" });
  await settled(second, run);
  expect((await spanOf("run sys.exec.run")).spanContext().traceId).toBe(TRACE_ID);
});

test("what a handler makes of its own belongs to the stage in which it acts, and a run to who starts it", async () => {
  using directory = scratch();
  let active: string | undefined;
  const spanning = defineCapability({
    id: "test.spanning",
    version: "1.0.0",
    description: "Makes a span.",
    input: z.strictObject({}),
    output: z.strictObject({}),
    risk: { level: "LOW", justification: "a test" },
    sideEffects: ["read_only"],
    undo: { kind: "none" },
    async run() {
      await Promise.resolve();
      active = trace.getActiveSpan()?.spanContext().spanId;
      return {};
    },
  });
  await using runtime = await openIn(directory.path, { capabilities: [spanning] });
  await trace.getTracer("test").startActiveSpan("mine", async (mine) => {
    await runtime.run("test.spanning");
    mine.end();
  });
  expect((await spanOf("airun.act")).spanContext().spanId).toBe(active);
  expect((await spanOf("run test.spanning")).parentSpanContext?.spanId).toBe(
    (await spanOf("mine")).spanContext().spanId,
  );
});
