import type { HookDecision, LocalDecisions } from "../contract/governor.ts";
import type { HookAnswer, HookRequest, Hooks } from "../contract/hooks.ts";

/** Decisions that somebody fixed before the run. They are about going forwards: what is taken back is not held up. */
export function localHooks(decisions: LocalDecisions): Hooks {
  return (request): HookAnswer => {
    const decision = decisionFor(decisions, request);
    return {
      decision: decision ?? "ALLOW",
      reason: decision === undefined ? "no local decision names it" : "a local decision says so",
      violation: null,
      failed: null,
    };
  };
}

function decisionFor(decisions: LocalDecisions, request: HookRequest): HookDecision | undefined {
  switch (request.event) {
    case "pre_execution":
      return decisions.pre_execution;
    case "pre_step":
      return request.step.role === "step" ? forStep(decisions.pre_step, request.step.step_id) : undefined;
    case "post_step":
      return request.step.role === "step"
        ? forStep(decisions.post_step ?? decisions.on_step_result, request.step.step_id)
        : undefined;
    case "post_execution":
      return decisions.post_execution ?? decisions.on_workflow_complete;
    case "on_panic":
      return undefined;
    default:
      return request satisfies never;
  }
}

/** By the step's whole path, else by its name, wherever it is. */
function forStep(named: Readonly<Record<string, HookDecision>> = {}, path: string): HookDecision | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/\[\d+\]$/, "");
  return [path, name].map((each) => (Object.hasOwn(named, each) ? named[each] : undefined)).find(Boolean);
}
