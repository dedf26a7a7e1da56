import { traceParentOf } from "../contract/trace-parent.ts";
import type { TraceParent } from "../contract/watch.ts";

/** The span that a request comes from (W3C Trace Context). */
export function traceParentIn(headers: Headers): { readonly correlation?: TraceParent } {
  const trace = traceParentOf(headers.get("traceparent"), headers.get("tracestate"));
  return trace.traceparent === undefined ? {} : { correlation: trace };
}
