import type { Receipt } from "../../contract/decide.ts";
import { canonicalJson } from "../../contract/json.ts";
import type { PolicySet } from "../../contract/policy-set.ts";
import { engineOf } from "./cedar.ts";
import type { DecisionCache } from "./decision-cache.ts";
import { evaluate, type Evaluation, isEvaluation, isTexts } from "./evaluate.ts";
import {
  joined,
  type Look,
  lookAt,
  project,
  type RequestParts,
  type RequestValues,
} from "./policy-request.ts";
import { joinPaths } from "./referred-paths.ts";

export type Answer = {
  readonly evaluation: Evaluation;
  readonly seen: RequestValues;
  /** What was made of it, by roles. */
  readonly receipts: Map<string, Receipt>;
};

/** Evaluations by exactly what they depend on. */
export type Evaluations = {
  /** What the policies of a set look at. */
  readonly pathsOf: (digest: string, set: PolicySet) => readonly string[];
  readonly of: (digest: string, set: PolicySet, parts: RequestParts) => Answer;
};

const MAX_IN_MEMORY = 10_000;

/** In memory, and behind it in the cache. */
export function openEvaluations(cache: DecisionCache): Evaluations {
  const sights = new Map<string, Sight>();

  const remembered = <Value>(
    key: string,
    isOne: (value: unknown) => value is Value,
    find: () => Value,
  ): Value => {
    const kept = cache.get(key);
    if (isOne(kept)) return kept;
    const found = find();
    cache.set(key, found);
    return found;
  };
  const sightOf = (digest: string, set: PolicySet): Sight => {
    const known = sights.get(digest);
    if (known !== undefined && known.answers.size < MAX_IN_MEMORY) return known;
    const looked = remembered(`looks ${digest}`, isTexts, () => [
      ...joinPaths([...engineOf(digest, set).facts.values()].flatMap(({ paths }) => paths)),
    ]);
    const ofCall = looked.filter((path) => /^(?:context|action)\b/.test(path)).map(lookAt);
    const sight = { looked, ofCall, names: new Map(), answers: new Map() };
    sights.set(digest, sight);
    return sight;
  };

  return {
    pathsOf: (digest, set) => sightOf(digest, set).looked,
    of(digest, set, parts) {
      const sight = sightOf(digest, set);
      const { principal, resource, call } = parts;
      const key = `${nameIn(sight, principal)} ${nameIn(sight, resource)} ${textOfCall(sight, call)}`;
      const known = sight.answers.get(key);
      if (known !== undefined) return known;
      const values = joined(parts);
      const seen = project(values, sight.looked);
      const evaluation = remembered(`${digest} ${canonicalJson(seen)}`, isEvaluation, () =>
        evaluate(engineOf(digest, set), values),
      );
      const answer: Answer = { evaluation, seen, receipts: new Map() };
      sight.answers.set(key, answer);
      return answer;
    },
  };
}

/** What the policies of a set look at, in order; what of it differs from call to call; and what came of it. */
type Sight = {
  readonly looked: readonly string[];
  readonly ofCall: readonly Look[];
  readonly names: Map<string, number>;
  readonly answers: Map<string, Answer>;
};

const named = new WeakMap<RequestValues, { readonly sight: Sight; readonly name: number }>();

/** A short name for what is seen of a part that stays the same from call to call; what looks equal has the same. */
function nameIn(sight: Sight, part: RequestValues): number {
  const known = named.get(part);
  if (known?.sight === sight) return known.name;
  const text = JSON.stringify(project(part, sight.looked));
  const name = sight.names.get(text) ?? sight.names.size;
  sight.names.set(text, name);
  named.set(part, { sight, name });
  return name;
}

/** What is seen of a call: a line for each path in its order, empty for a set that has nothing of what is looked for. */
function textOfCall({ ofCall }: Sight, call: RequestValues): string {
  let text = "";
  for (const look of ofCall) {
    const value = look(call);
    if (!Array.isArray(value) || value.length > 0) text += JSON.stringify(value);
    text += "\n";
  }
  return text;
}
