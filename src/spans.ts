import { createRequire } from "node:module";

import type * as Api from "@opentelemetry/api";

import type { CallWatch, Facts, RunWatch, TraceParent, Watch } from "./contract/watch.ts";
import { packageVersion } from "./kernel/package-root.ts";

const NAME = "ai-first-runtime";
// Where the API keeps what was registered; there is nothing to load before somebody registers a provider.
const REGISTRY = Symbol.for("opentelemetry.js.api.1");

/**
 * The runs and calls of this process as OpenTelemetry spans: of whatever provider the program around it registered,
 * under the caller's span where there is one. Without a provider nothing is loaded and nothing is made.
 */
export const watchWithSpans: Watch = (run) => (hasProvider() ? watchRun(apiOf(), run) : null);

function hasProvider(): boolean {
  const registry = (globalThis as { readonly [REGISTRY]?: { readonly trace?: unknown } })[REGISTRY];
  return registry?.trace !== undefined;
}

let loaded: typeof Api | undefined;

function apiOf(): typeof Api {
  return (loaded ??= createRequire(import.meta.url)("@opentelemetry/api") as typeof Api);
}

function watchRun(api: typeof Api, { run, kind, name, version, ...parent }: Parameters<Watch>[0]): RunWatch {
  const tracer = api.trace.getTracer(NAME, packageVersion());
  const attributes = {
    "airun.run": run,
    "airun.kind": kind,
    "airun.workflow": name,
    "airun.version": version,
  };
  const span = tracer.startSpan(`run ${name}`, { attributes }, contextOf(api, parent));
  const context = api.trace.setSpan(api.context.active(), span);
  return {
    trace: traceOf(api, span.spanContext()) ?? parent,
    call: (call) => watchCall(api, tracer, context, run, call),
    end(status) {
      span.setAttribute("airun.status", status);
      if (status === "FAILED" || status === "left")
        span.setStatus({ code: api.SpanStatusCode.ERROR, message: status });
      span.end();
    },
  };
}

function watchCall(
  api: typeof Api,
  tracer: Api.Tracer,
  around: Api.Context,
  run: string,
  { step, role, attempt, capability }: Parameters<RunWatch["call"]>[0],
): CallWatch {
  const span = tracer.startSpan(
    `execute_tool ${capability}`,
    {
      attributes: {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": capability,
        "airun.run": run,
        "airun.step": step,
        "airun.role": role,
        "airun.attempt": attempt,
      },
    },
    around,
  );
  const inside = api.trace.setSpan(around, span);
  let stage: Api.Span | undefined;
  const leave = (): void => {
    stage?.end();
    stage = undefined;
  };
  return {
    enter(name) {
      leave();
      stage = tracer.startSpan(`airun.${name}`, {}, inside);
    },
    tell: (facts) => void span.setAttributes(named(facts)),
    within: (work) => api.context.with(api.trace.setSpan(inside, stage ?? span), work),
    end(outcome) {
      span.setAttribute("airun.outcome", outcome);
      leave();
      span.end();
    },
    fail(code) {
      for (const each of [stage, span]) {
        each?.setAttribute("error.type", code);
        each?.setStatus({ code: api.SpanStatusCode.ERROR, message: code });
      }
      leave();
      span.end();
    },
  };
}

function named(facts: Facts): Api.Attributes {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      `airun.${name}`,
      typeof value === "object" ? [...value] : value,
    ]),
  );
}

/** As W3C Trace Context writes it; none of a provider that makes no spans. */
function traceOf(api: typeof Api, own: Api.SpanContext): TraceParent | undefined {
  if (!api.isSpanContextValid(own)) return undefined;
  const flags = own.traceFlags.toString(16).padStart(2, "0");
  const tracestate = own.traceState?.serialize();
  const traceparent = `00-${own.traceId}-${own.spanId}-${flags}`;
  return tracestate === undefined || tracestate === "" ? { traceparent } : { traceparent, tracestate };
}

/** The caller's span, wherever it is; else the one that is active here. */
function contextOf(api: typeof Api, { traceparent, tracestate }: TraceParent): Api.Context {
  const [, traceId = "", spanId = "", flags = "00"] = traceparent?.split("-") ?? [];
  const parent = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: api.createTraceState(tracestate) }),
  };
  // All zeros, or none: W3C Trace Context §3.2.2.3 has it ignored.
  if (!api.isSpanContextValid(parent)) return api.context.active();
  return api.trace.setSpanContext(api.ROOT_CONTEXT, parent);
}
