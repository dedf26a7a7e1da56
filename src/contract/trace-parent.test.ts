import { expect, test } from "vitest";

import { verifies } from "../../test/requirements.ts";
import { traceParentOf } from "./trace-parent.ts";

verifies("control:traces");

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const GOOD = `00-${TRACE}-${SPAN}-01`;

test.for<[string, unknown]>([
  ["none", undefined],
  ["no text", 1],
  ["a list", [GOOD]],
  ["empty", ""],
  ["nonsense", "nonsense"],
  ["capital letters", GOOD.toUpperCase()],
  ["the version ff", `ff${GOOD.slice(2)}`],
  ["a trace of zeros", `00-${"0".repeat(32)}-${SPAN}-01`],
  ["a span of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
  ["a short span", `00-${TRACE}-${SPAN.slice(1)}-01`],
  ["more behind it", `${GOOD}-x`],
  ["a space before it", ` ${GOOD}`],
  ["a line break behind it", `${GOOD}\n`],
  ["another header in it", `${GOOD}\r\nx-admin: 1`],
])("a traceparent that is %s is ignored, and its tracestate with it", ([, traceparent]) => {
  expect(traceParentOf(traceparent, "vendor=1")).toEqual({});
});

test.for<[string, unknown]>([
  ["absent", undefined],
  ["no text", { vendor: "1" }],
  ["empty", ""],
  ["no pair", "vendor"],
  ["a pair without a value", "vendor="],
  ["a key in capital letters", "Vendor=1"],
  ["two equals signs", "vendor=1=2"],
  ["an empty member", "vendor=1,,other=2"],
  ["a line break", "vendor=1\r\nx-admin: 1"],
  ["a line feed between members", "a=1\n,b=2"],
  ["a line feed behind it", "a=1\n"],
  ["a line separator between members", "a=1,\u2028b=2"],
  ["no ASCII", "vendor=ü"],
  ["33 members", Array.from({ length: 33 }, (_, index) => `v${index}=1`).join(",")],
  ["more than 512 characters", `vendor=${"x".repeat(250)},other=${"y".repeat(255)}`],
])("a tracestate that is %s is ignored, and the traceparent is not", ([, tracestate]) => {
  expect(traceParentOf(GOOD, tracestate)).toEqual({ traceparent: GOOD });
});

test.for(["vendor=1", "a=1, b=2", "tenant@system=opaque value", "0*/-_=~"])(
  "what is well-formed is kept: %s",
  (tracestate) => {
    expect(traceParentOf(GOOD, tracestate)).toEqual({ traceparent: GOOD, tracestate });
  },
);
