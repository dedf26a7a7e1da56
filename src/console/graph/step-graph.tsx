import { type ReactNode, useMemo, useSyncExternalStore } from "react";

import { visible } from "../../contract/visible.ts";
import { Glyph, toneOf } from "../parts/glyph.tsx";
import type { Step } from "../rest/operations.ts";
import { useSay } from "../words/use-words.ts";
import {
  layOut,
  NARROW,
  type PlacedEdge,
  type PlacedList,
  type PlacedStep,
  type Point,
  WIDE,
} from "./layout.ts";
import { prune } from "./prune.ts";

const MARGIN = 8;

type Choice = { readonly chosen: string | null; readonly onChoose: (step: string) => void };

/** The steps of a run as they depend on each other; each is a button that chooses it. */
export function StepGraph({
  steps,
  chosen,
  onChoose,
}: { readonly steps: readonly Step[] } & Choice): ReactNode {
  const say = useSay();
  const isNarrow = useIsNarrow();
  const { list, hidden } = useMemo(() => {
    const pruned = prune(steps, ({ status }) => !["completed", "skipped", "pending"].includes(status));
    return { list: layOut(pruned.steps, isNarrow ? NARROW : WIDE), hidden: pruned.hidden };
  }, [steps, isNarrow]);
  const size = { width: list.width + 2 * MARGIN, height: list.height + 2 * MARGIN };
  const statusOf = new Map(steps.map(({ step, status }) => [step, status]));
  return (
    <div className="graph" role="group" aria-label={say("graph.label")}>
      <div className="canvas" style={size}>
        <svg {...size} viewBox={`${-MARGIN} ${-MARGIN} ${size.width} ${size.height}`} aria-hidden="true">
          {edgesIn(list).map((edge) => (
            <path
              key={`${edge.from}>${edge.to}`}
              d={curve(edge.points)}
              className={`edge ${isPassed(statusOf.get(edge.from)) ? "passed" : "ahead"}`}
            />
          ))}
        </svg>
        <List list={list} hidden={hidden} chosen={chosen} onChoose={onChoose} />
      </div>
    </div>
  );
}

type Lists = Choice & { readonly hidden: ReadonlyMap<string, number> };

function List({ list, ...rest }: Lists & { readonly list: PlacedList<Step> }): ReactNode {
  return list.steps.map((placed) => <StepBox key={placed.step.step} placed={placed} {...rest} />);
}

function StepBox({ placed, ...rest }: Lists & { readonly placed: PlacedStep<Step> }): ReactNode {
  const say = useSay();
  const { step, inner, x, y, width, height } = placed;
  const name = visible(step.step.slice(step.step.lastIndexOf("/") + 1));
  const capability = step.capability ?? step.type;
  const status = say(`status.${step.status}`);
  const more = rest.hidden.get(step.step);
  return (
    <>
      {inner.length > 0 && (
        <div className="block" style={{ left: x + MARGIN, top: y + MARGIN, width, height }} />
      )}
      <button
        type="button"
        className={`step ${toneOf(step.status)} ${step.status}`}
        style={{
          left: x + MARGIN + (inner.length > 0 ? 4 : 0),
          top: y + MARGIN + (inner.length > 0 ? 4 : 0),
          width: inner.length > 0 ? width - 8 : width,
        }}
        aria-pressed={rest.chosen === step.step}
        aria-label={say("graph.help", { step: visible(step.step), capability, status })}
        title={`${capability} · ${status}`}
        onClick={() => rest.onChoose(step.step)}
      >
        <Glyph status={step.status} />
        <span className="name">{name}</span>
        {more !== undefined && <span className="more">+{more}</span>}
      </button>
      {inner.map((list) => (
        <div key={list.id}>
          {list.id !== step.step && (
            <span className="round" style={{ left: list.x + MARGIN, top: list.y + MARGIN - 17 }}>
              {list.id.slice(step.step.length)}
            </span>
          )}
          <List list={list} {...rest} />
        </div>
      ))}
    </>
  );
}

function edgesIn(list: PlacedList<Step>): PlacedEdge[] {
  return [...list.edges, ...list.steps.flatMap(({ inner }) => inner.flatMap(edgesIn))];
}

/** Straight down, then over and down again, through every point. */
function curve([first, ...rest]: readonly Point[]): string {
  if (first === undefined) return "";
  let path = `M${first.x} ${first.y}`;
  let { x, y } = first;
  for (const to of rest) {
    const middle = (y + to.y) / 2;
    path += `C${x} ${middle} ${to.x} ${middle} ${to.x} ${to.y}`;
    ({ x, y } = to);
  }
  return path;
}

function isPassed(status: Step["status"] | undefined): boolean {
  return status === "completed" || status === "skipped";
}

const narrow = matchMedia("(max-width: 40rem)");

function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrow.addEventListener("change", listener);
      return () => narrow.removeEventListener("change", listener);
    },
    () => narrow.matches,
  );
}
