import type { LoadedFacade } from "./packs.ts";

type FacadeMatch = {
  readonly facade: LoadedFacade;
  /** 0 to 1. */
  readonly score: number;
  /** The trigger or example that matched best. */
  readonly phrase: string;
};

export type FacadeMatches = {
  /** Best first; those of equal score by name. */
  readonly matches: readonly FacadeMatch[];
  /** The best ones, where several are equally good: somebody has to choose. */
  readonly tied: readonly FacadeMatch[];
};

const MIN_SCORE = 0.5;
const EXAMPLE_WEIGHT = 0.9;

/**
 * How well facades answer what somebody wants, in any language. 1 is a trigger word for word; a trigger inside the
 * intent scores 0.8 and more, the longer the better; else the share of the trigger's words that the intent has.
 */
export function rankFacades(facades: readonly LoadedFacade[], intent: string): FacadeMatches {
  const wanted = normalize(intent);
  const matches = facades
    .flatMap((facade) => {
      const match = bestPhrase(facade, wanted);
      return match.score >= MIN_SCORE ? [match] : [];
    })
    .sort((a, b) => b.score - a.score || (a.facade.spec.name < b.facade.spec.name ? -1 : 1));
  const top = matches.filter(({ score }) => score === matches[0]?.score);
  return { matches, tied: top.length > 1 ? top : [] };
}

function bestPhrase(facade: LoadedFacade, wanted: string): FacadeMatch {
  const { triggers, examples } = facade.spec;
  const phrases = [
    ...triggers.map((phrase) => ({ phrase, weight: 1 })),
    ...examples.map(({ user }) => ({ phrase: user, weight: EXAMPLE_WEIGHT })),
  ];
  let best: FacadeMatch = { facade, score: 0, phrase: "" };
  for (const { phrase, weight } of phrases) {
    // Rounded, so that equally good ones are equal.
    const score = Math.round(weight * similarity(normalize(phrase), wanted) * 1000) / 1000;
    if (score > best.score) best = { facade, score, phrase };
  }
  return best;
}

function similarity(phrase: string, wanted: string): number {
  if (phrase === "" || wanted === "") return 0;
  if (phrase === wanted) return 1;
  if (` ${wanted} `.includes(` ${phrase} `) || (isWithoutSpaces(phrase) && wanted.includes(phrase)))
    return 0.8 + 0.15 * (phrase.length / wanted.length);
  const words = new Set(wordsOf(phrase));
  const wantedWords = new Set(wordsOf(wanted));
  const shared = [...words].filter((word) => wantedWords.has(word)).length;
  return 0.75 * (shared / words.size);
}

function normalize(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** Words; of a script that writes none, its pairs of letters. */
function wordsOf(text: string): string[] {
  return text.split(" ").flatMap((word) => {
    if (!isWithoutSpaces(word)) return [word];
    const letters = Array.from(word);
    return letters.length < 2
      ? letters
      : letters.slice(1).map((letter, index) => `${letters[index]}${letter}`);
  });
}

function isWithoutSpaces(text: string): boolean {
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(text);
}
