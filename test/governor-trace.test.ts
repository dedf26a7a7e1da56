import { expect, test } from "vitest";

import { StartedRun } from "../src/contract/rest/run.ts";
import { startGovernor } from "./bridge/governor-server.ts";
import { openTestControl, settled } from "./control/open.ts";
import { verifies } from "./requirements.ts";

verifies("control:traces", "hooks:governor");

const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

test.for<[string, Readonly<Record<string, string>>, readonly unknown[]]>([
  ["the caller's span", { traceparent: TRACEPARENT, tracestate: "a=1" }, [TRACEPARENT, "a=1"]],
  ["no state that is none", { traceparent: TRACEPARENT, tracestate: "a" }, [TRACEPARENT, undefined]],
  ["nothing of an odd one", { traceparent: `${TRACEPARENT}0`, tracestate: "a=1" }, [undefined, undefined]],
  ["nothing without one", {}, [undefined, undefined]],
])("where nothing here makes spans, a governor over HTTP is told %s", async ([, trace, expected]) => {
  await using governor = await startGovernor(() => "allow");
  await using control = await openTestControl(governor.env);
  const headers = { ...control.bearer, ...trace };
  const answer = await control.ask("POST", "/v1/runs", { target: "sys.info.get_time" }, headers);
  await settled(control, StartedRun.parse(answer.body).run);
  const told = governor.seen.map(({ headers: { traceparent, tracestate } }) => [traceparent, tracestate]);
  expect(told.length).toBeGreaterThan(2);
  for (const each of told) expect(each).toEqual(expected);
});
