import type { TraceParent } from "./watch.ts";

// W3C Trace Context §3.2: version, trace, span, flags. Version ff and ids of zeros alone are none.
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
// §3.3.1: `key=value`, in printable ASCII without commas and further equals signs.
const MEMBER = /^[\da-z][\da-z_\-*/]{0,240}(?:@[\da-z][\da-z_\-*/]{0,13})?=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;
const MAX_MEMBERS = 32;
const MAX_STATE = 512;

/** The span that somebody calls from, as far as both are well-formed; what is not is ignored, as §4.3 has it. */
export function traceParentOf(traceparent: unknown, tracestate: unknown): TraceParent {
  if (typeof traceparent !== "string" || !TRACEPARENT.test(traceparent)) return {};
  return isTraceState(tracestate) ? { traceparent, tracestate } : { traceparent };
}

function isTraceState(value: unknown): value is string {
  if (typeof value !== "string" || value.length > MAX_STATE || !/^[\t -~]+$/.test(value)) return false;
  const members = value.split(",").map((member) => member.trim());
  return members.length <= MAX_MEMBERS && members.every((member) => MEMBER.test(member));
}
