import type { CallToolResult } from "@modelcontextprotocol/server";

import { RuntimeError } from "../contract/errors.ts";
import type { RunView, StepView } from "../workflow/view.ts";
import { describeRecorded } from "./describe-failure.ts";
import type { Desk } from "./desk.ts";
import { isNative, type NativeOutput, readNative } from "./native-output.ts";
import { failed, shown, succeeded } from "./result.ts";

/** The result of a call, from the run that it started. */
export function presentRun(desk: Pick<Desk, "station" | "consoleUrl">, view: RunView): CallToolResult {
  const { run, kind, status, outputs, reason, failure } = view;
  switch (status) {
    case "COMPLETED": {
      const natives = nativesOf(desk, view);
      const blocks = natives.flatMap(({ content }) => content);
      if (kind === "capability")
        return natives[0] === undefined ? succeeded(outputs, run) : shown(blocks, natives[0].structured, run);
      const whole = { run, outputs };
      return natives.length === 0 ? succeeded(whole, run) : shown(blocks, whole, run);
    }
    case "PAUSED":
      return failed({ run, status, reason, waitsFor: waitingOf(desk, run) }, run);
    default:
      return failed({ run, status, reason, failure: describeRecorded(desk, failure) }, run);
  }
}

/** What the capabilities of a run gave that speak MCP themselves, in the order in which they ran. */
export function nativesOf({ station }: Pick<Desk, "station">, { steps }: RunView): NativeOutput[] {
  const { registry } = station.runtime;
  const isOfNative = ({ capability }: StepView): boolean => {
    try {
      return capability !== null && isNative(registry.capability(capability).spec.outputs);
    } catch (error) {
      if (error instanceof RuntimeError) return false; // It is not there any more.
      throw error;
    }
  };
  return steps.flatMap((step) =>
    step.outputs !== null && isOfNative(step) ? [readNative(step.outputs)] : [],
  );
}

/** What a human is asked, and how they answer: an agent's own yes counts for nothing. */
function waitingOf({ station, consoleUrl }: Pick<Desk, "station" | "consoleUrl">, run: string) {
  const url = consoleUrl();
  return station.runtime.approvals(run).map(({ id, text, expiresAt }) => ({
    approval: id,
    question: text,
    expiresAt,
    answer: `airun approve ${id}, or airun reject ${id}`,
    ...(url === undefined ? {} : { page: pageOf(url, id) }),
  }));
}

/** Where a person reads and answers an approval. */
export function pageOf(consoleUrl: string, approval: string): string {
  return `${consoleUrl}/#/approvals/${encodeURIComponent(approval)}`;
}
