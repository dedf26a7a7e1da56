import type { ReactNode } from "react";

import type { Tone } from "../parts/glyph.tsx";
import { PlannedChanges } from "../parts/planned.tsx";
import { Foreign } from "../parts/text.tsx";
import type { Plan } from "../rest/operations.ts";
import { useSay } from "../words/use-words.ts";

const OUTCOMES: Readonly<Record<Plan["outcome"], Tone>> = {
  completes: "good",
  "rolls-back": "undone",
  fails: "bad",
  unknown: "idle",
};
const DECISIONS: Readonly<Record<Plan["steps"][number]["decision"], Tone>> = {
  run: "good",
  ask: "wait",
  deny: "bad",
  skip: "idle",
  fail: "bad",
  unknown: "idle",
};

/** What a run would do, step by step, and what it would change. */
export function PlanPreview({ plan }: { readonly plan: Plan }): ReactNode {
  const say = useSay();
  return (
    <section className="plan" aria-label={say("plan.title")} role="status">
      <p className={`note ${OUTCOMES[plan.outcome]}`}>
        <strong>{say(`plan.${plan.outcome}`)}</strong> {say("plan.lead")}
      </p>
      {plan.warnings.map((warning) => (
        <p key={warning} className="note wait">
          <Foreign text={warning} />
        </p>
      ))}
      <h3>{say("plan.changes")}</h3>
      {plan.changes.length === 0 ? (
        <p className="soft">{say("approvals.changes.none")}</p>
      ) : (
        <PlannedChanges changes={plan.changes} />
      )}
      <h3>{say("plan.steps")}</h3>
      <ol className="planned">
        {plan.steps.map(({ step, capability, type, decision, note }) => (
          <li key={step}>
            <code>
              <Foreign text={step} />
            </code>{" "}
            <span className="soft mono">{capability ?? type}</span>{" "}
            <span className={`verdict ${DECISIONS[decision]}`}>
              {decision === "unknown" ? say("plan.unknown.step") : say(`plan.${decision}`)}
            </span>
            {note !== null && (
              <span className="soft">
                <Foreign text={note} />
              </span>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
