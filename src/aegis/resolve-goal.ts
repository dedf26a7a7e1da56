import type { Quest, Refusal, Candidate } from "../contract/quest.ts";
import type { LoadedCapability } from "../kernel/capabilities.ts";
import type { Registry } from "../kernel/registry.ts";
import { capabilityIn, type Catalogue, type KnownWorkflow } from "./catalogue.ts";
import { clausesOf, type Draft, type Filling, readGoal } from "./goal-grammar.ts";
import { type LexedGoal, lexGoal, type Literal } from "./lex-goal.ts";
import { MARGIN, MIN_SCORE, rankTargets } from "./rank-targets.ts";

export type Goal = NonNullable<Quest["goals"]>[number];

/** What a goal means: calls in order, before it is known what fills their inputs. */
export type Target = {
  readonly score: number;
  readonly phrase: string;
  /** Values of the goal of which it is not said which input they are. */
  readonly literals: readonly Literal[];
} & (
  | {
      readonly kind: "capability";
      readonly capability: LoadedCapability;
      readonly inputs: Readonly<Record<string, Filling>>;
    }
  | { readonly kind: "workflow"; readonly workflow: KnownWorkflow }
);

export type Meaning = { readonly targets: readonly Target[] } | { readonly refusal: Refusal };

type Place = { readonly catalogue: Catalogue; readonly registry: Registry };

/** What a goal means, or why that cannot be said. `number` counts from 1. */
export function resolveGoal(place: Place, goal: Goal, number: number): Meaning {
  if (typeof goal === "string") return inWords(place, goal, number);
  if (goal.goal !== undefined) return inWords(place, goal.goal, number);
  const refused = (kind: string, name: string): Meaning => ({
    refusal: unreachable(place, number, kind, name),
  });
  if (goal.capability !== undefined) {
    const capability = capabilityIn(place.catalogue, goal.capability, place.registry);
    if (capability === undefined) return refused("capability", goal.capability);
    return {
      targets: [{ kind: "capability", capability, inputs: {}, literals: [], score: 1, phrase: "capability" }],
    };
  }
  const { facade } = goal;
  const name =
    facade === undefined
      ? goal.workflow
      : place.catalogue.facades.find(({ spec }) => spec.name === facade)?.workflow;
  const workflow = name === undefined ? undefined : place.catalogue.workflows.get(name);
  if (workflow === undefined)
    return facade === undefined ? refused("workflow", goal.workflow ?? "") : refused("facade", facade);
  return {
    targets: [
      {
        kind: "workflow",
        workflow,
        literals: [],
        score: 1,
        phrase: facade === undefined ? "workflow" : "facade",
      },
    ],
  };
}

/** The words of a goal; of one that names something instead, that. */
export function textOf(goal: Goal): string {
  if (typeof goal === "string") return goal;
  return goal.goal ?? goal.capability ?? goal.workflow ?? goal.facade ?? "";
}

/** A facade that is asked for in its own words means itself, also where these make a sentence. */
const OWN_WORDS = 0.8;

function inWords(place: Place, text: string, number: number): Meaning {
  const goal = lexGoal(text);
  const [best] = rankTargets(place.catalogue, withoutLiterals(goal));
  const isFacade = best?.kind === "facade" && best.score >= OWN_WORDS;
  const clauses = clausesOf(goal);
  if (isFacade || clauses.length < 2) return ofClause(place, goal, text, number);
  const readings = readGoal(goal);
  if (readings.length === 1) return ofReading(place, readings[0] ?? [], number);
  // Clause by clause, where every one of them is clear; else the refusal is about the goal as a whole.
  const meanings = clauses.map((clause) => ofClause(place, clause, text, number));
  const targets = meanings.flatMap((meaning) => ("targets" in meaning ? meaning.targets : []));
  if (meanings.every((meaning) => "targets" in meaning)) return { targets };
  return ofClause(place, goal, text, number);
}

function ofClause(place: Place, goal: LexedGoal, text: string, number: number): Meaning {
  const readings = readGoal(goal);
  const ranked = rankTargets(place.catalogue, withoutLiterals(goal));
  const [best, second] = ranked;
  if (readings.length === 1 && !(best?.kind === "facade" && best.score >= OWN_WORDS))
    return ofReading(place, readings[0] ?? [], number);
  if (readings.length > 0)
    return { refusal: ambiguous(number, text, [...asCandidates(readings), ...ranked]) };
  if (best === undefined || best.score < MIN_SCORE) return { refusal: unknown(place, number, text, ranked) };
  const alike = ranked.filter(({ score }) => best.score - score < MARGIN);
  if (second !== undefined && alike.length > 1) return { refusal: ambiguous(number, text, alike) };
  return ofCandidate(place, best, [...goal.literals.values()]);
}

function ofReading(place: Place, drafts: readonly Draft[], number: number): Meaning {
  const targets: Target[] = [];
  for (const { capability: id, inputs, phrase } of drafts) {
    const capability = place.catalogue.capabilities.get(id);
    if (capability === undefined) return { refusal: unreachable(place, number, "capability", id) };
    targets.push({ kind: "capability", capability, inputs, literals: [], score: 1, phrase });
  }
  return { targets };
}

function ofCandidate(
  { catalogue }: Place,
  { kind, name, score, phrase }: Candidate,
  literals: readonly Literal[],
): Meaning {
  const capability = kind === "capability" ? catalogue.capabilities.get(name) : undefined;
  if (capability !== undefined)
    return { targets: [{ kind: "capability", capability, inputs: {}, literals, score, phrase }] };
  const asked = kind === "facade" ? catalogue.facades.find(({ spec }) => spec.name === name)?.workflow : name;
  const workflow = catalogue.workflows.get(asked ?? "");
  return { targets: workflow === undefined ? [] : [{ kind: "workflow", workflow, literals, score, phrase }] };
}

function asCandidates(readings: readonly (readonly Draft[])[]): Candidate[] {
  return readings.flatMap((drafts) =>
    drafts.map(({ capability: name, phrase }) => ({ kind: "capability" as const, name, score: 1, phrase })),
  );
}

function withoutLiterals({ text }: LexedGoal): string {
  return text.replaceAll(/[\u{E000}-\u{F8FF}]/gu, " ");
}

function unknown(
  { catalogue }: Place,
  goal: number,
  text: string,
  candidates: readonly Candidate[],
): Refusal {
  const withheld = [...catalogue.withheld.keys()].length;
  return {
    code: "GOAL_UNKNOWN",
    goal,
    message: `Nothing here is known to do "${text}".`,
    candidates: [...candidates],
    missing: [],
    remedy: `Put texts and file names in quotes, or name a capability, workflow or facade.${withheld === 0 ? "" : ` ${withheld} of what exists here are not reached: \`airun pack list\`.`}`,
  };
}

function ambiguous(goal: number, text: string, candidates: readonly Candidate[]): Refusal {
  return {
    code: "GOAL_AMBIGUOUS",
    goal,
    message: `"${text}" could mean several things.`,
    candidates: [...candidates],
    missing: [],
    remedy: `Name one: goals: [{ ${candidates[0]?.kind ?? "capability"}: ${candidates[0]?.name ?? "…"} }].`,
  };
}

function unreachable({ catalogue }: Place, goal: number, kind: string, name: string): Refusal {
  const why = catalogue.withheld.get(`${kind} ${name.replace(/@.*$/s, "")}`);
  return {
    code: "NOT_REACHABLE",
    goal,
    message: why ?? `There is no ${kind} "${name}" that an ACTIVE pack or facade gives you.`,
    candidates: [],
    missing: [],
    remedy: "`airun list`, `airun pack list` and `airun facade list` show what is there and what is ACTIVE.",
  };
}
