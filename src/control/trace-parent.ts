import { Correlation } from "../contract/correlation.ts";
import type { TraceParent } from "../contract/watch.ts";

const Parent = Correlation.pick({ traceparent: true, tracestate: true });

/** The span that a request comes from (W3C Trace Context); what is malformed is ignored, as §3.2 has it. */
export function traceParentIn(headers: Headers): { readonly correlation?: TraceParent } {
  const [traceparent, tracestate] = [headers.get("traceparent"), headers.get("tracestate")];
  const both = Parent.safeParse({ traceparent, ...(tracestate === null ? {} : { tracestate }) });
  const one = both.success ? both : Parent.safeParse({ traceparent });
  return one.success ? { correlation: one.data } : {};
}
