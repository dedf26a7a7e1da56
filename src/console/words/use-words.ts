import { createSignal, useSignal } from "../signal.ts";
import { type Counted, type Filling, type Language, LANGUAGES, textOf, type Word } from "./words.ts";

const PLACE = "airun-language";

const language = createSignal<Language>(initial());

/** How texts, numbers and times are written in the language of the reader. */
export type Say = {
  <W extends Word>(word: W, ...filling: Filling<W>): string;
  /** The text for so many, `n` being their number. */
  readonly count: (base: Counted, n: number) => string;
  readonly number: (value: number) => string;
  readonly language: Language;
};

export function useSay(): Say {
  return sayIn(useSignal(language));
}

export function useLanguage(): readonly [Language, (next: Language) => void] {
  return [useSignal(language), setLanguage];
}

const known = new Map<Language, Say>();

function sayIn(present: Language): Say {
  const found = known.get(present);
  if (found !== undefined) return found;
  const rules = new Intl.PluralRules(localeOf(present));
  const numbers = new Intl.NumberFormat(localeOf(present));
  const say: Say = Object.assign(
    <W extends Word>(word: W, ...[values]: Filling<W>) => textOf(present, word, values),
    {
      count: (base: Counted, n: number) => {
        const one: string = `${base}.one`;
        const word = rules.select(n) === "one" ? one : `${base}.other`;
        return textOf(present, word as Word, { n: numbers.format(n) });
      },
      number: (value: number) => numbers.format(value),
      language: present,
    },
  );
  known.set(present, say);
  return say;
}

function localeOf(present: Language): string {
  return present === "en" ? "en-GB" : "zh-CN";
}

function setLanguage(next: Language): void {
  localStorage.setItem(PLACE, next);
  document.documentElement.lang = localeOf(next);
  language.set(next);
}

function initial(): Language {
  const kept = localStorage.getItem(PLACE);
  const wanted =
    LANGUAGES.find((each) => each === kept) ?? (navigator.language.startsWith("zh") ? "zh" : "en");
  document.documentElement.lang = localeOf(wanted);
  return wanted;
}
