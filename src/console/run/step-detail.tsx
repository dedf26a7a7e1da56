import type { ReactNode } from "react";

import { StatusMark } from "../parts/glyph.tsx";
import { Foreign, Values } from "../parts/text.tsx";
import { Took } from "../parts/time.tsx";
import type { Run, Step } from "../rest/operations.ts";
import { useSay } from "../words/use-words.ts";
import { UndoStep } from "./orders.tsx";

/** What went into a step, what came out, and why it failed. */
export function StepDetail({ run, step }: { readonly run: Run; readonly step: Step }): ReactNode {
  const say = useSay();
  return (
    <article className="detail">
      <header>
        <h3>
          <Foreign text={step.step} />
        </h3>
        <StatusMark status={step.status} />
        <code>{step.capability ?? step.type}</code>
        {step.attempt > 1 && <span>{say("run.step.attempts", { n: step.attempt })}</span>}
        {step.startedAt !== null && <Took from={step.startedAt} to={step.endedAt} />}
        <UndoStep run={run} step={step} />
      </header>
      {step.failure !== null && (
        <div className="note bad">
          <p>
            <code>{step.failure.code}</code> <Foreign text={step.failure.message} />
          </p>
          <p className="soft">{step.failure.hint}</p>
        </div>
      )}
      <div className="twin">
        <div>
          <h4>{say("run.inputs")}</h4>
          {step.inputs === null ? (
            <p className="soft">{say("run.nothing")}</p>
          ) : (
            <Values values={step.inputs} label={say("run.inputs")} />
          )}
        </div>
        <div>
          <h4>{say("run.outputs")}</h4>
          {step.outputs === null ? (
            <p className="soft">{say("run.nothing")}</p>
          ) : (
            <Values values={step.outputs} label={say("run.outputs")} />
          )}
        </div>
      </div>
    </article>
  );
}
