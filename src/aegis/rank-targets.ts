import type { Candidate } from "../contract/quest.ts";
import { rankFacades } from "../kernel/match-facades.ts";
import type { Catalogue } from "./catalogue.ts";
import { meaningOf } from "./lexicon.ts";

/** Below this nothing was said that is known here. */
export const MIN_SCORE = 0.6;
/** The best must be that much better than the next. */
export const MARGIN = 0.1;

const SHOWN = 5;
/** A description alone never says exactly what a goal says. */
const DESCRIPTION_WEIGHT = 0.95;

/**
 * What a goal in free words could mean, the best first: facades by triggers and examples, workflows and capabilities by
 * the share of the goal's words that their names and descriptions have. Rare words weigh more than common ones.
 */
export function rankTargets(catalogue: Catalogue, goal: string): readonly Candidate[] {
  const facades = rankFacades(
    catalogue.facades.map(({ spec }) => ({ spec, file: "" })),
    goal,
  ).matches.map(({ facade, score, phrase }) => ({
    kind: "facade" as const,
    name: facade.spec.name,
    score,
    phrase,
  }));
  return [...facades, ...byMeaning(catalogue, goal)]
    .filter(({ score }) => score > 0.3)
    .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    .slice(0, SHOWN);
}

type Described = Omit<Candidate, "score"> & {
  readonly words: ReadonlySet<string>;
  readonly named: ReadonlySet<string>;
};

function byMeaning(catalogue: Catalogue, goal: string): Candidate[] {
  const wanted = [...new Set(meaningOf(goal))];
  if (wanted.length === 0) return [];
  const described = describe(catalogue);
  const weight = (word: string): number => {
    const holders = described.filter(({ words }) => words.has(word)).length;
    return holders === 0 ? Math.log(1 + described.length) : Math.log(1 + described.length / holders);
  };
  const weights = new Map(wanted.map((word) => [word, weight(word)]));
  const total = sum(wanted, weights);
  return described.map(({ kind, name, phrase, words, named }) => {
    const covered =
      sum(
        wanted.filter((word) => words.has(word)),
        weights,
      ) / total;
    // Of two that the goal fits alike, the one whose name it says, and no more than its name.
    const exact =
      named.size === 0 ? 0 : wanted.filter((word) => named.has(word)).length / Math.max(named.size, 1);
    const score = DESCRIPTION_WEIGHT * covered * (0.7 + 0.3 * Math.min(1, exact));
    return { kind, name, phrase, score: Math.round(score * 1000) / 1000 };
  });
}

function sum(words: readonly string[], weights: ReadonlyMap<string, number>): number {
  return words.reduce((all, word) => all + (weights.get(word) ?? 0), 0);
}

function describe({ capabilities, workflows, facades }: Catalogue): Described[] {
  // A workflow behind a facade is asked for through it.
  const behind = new Set(facades.map(({ workflow }) => workflow));
  return [
    ...[...capabilities.values()].map(({ spec }) => ({
      kind: "capability" as const,
      name: spec.id,
      phrase: spec.description,
      words: new Set(meaningOf([spec.id, spec.name, spec.description, ...spec.metadata.tags].join(" "))),
      named: new Set(meaningOf(spec.id.split(".").slice(1).join(" "))),
    })),
    ...[...workflows.values()]
      .filter(({ file }) => !behind.has(file.name))
      .map(({ file }) => ({
        kind: "workflow" as const,
        name: file.name,
        phrase: file.description,
        words: new Set(meaningOf(`${file.name} ${file.description}`)),
        named: new Set(meaningOf(file.name)),
      })),
  ];
}
