import { APPROVALS } from "./approvals.ts";
import { CATALOGUE } from "./catalogue.ts";
import { FILES } from "./files.ts";
import { FRAME } from "./frame.ts";
import { LEDGER } from "./ledger.ts";
import { POLICIES } from "./policies.ts";
import { RUN } from "./run.ts";
import { RUNS } from "./runs.ts";
import { START } from "./start.ts";

/** Each text of the console in every language; one that lacks a translation does not compile. */
export const WORDS = {
  ...FRAME,
  ...RUNS,
  ...RUN,
  ...APPROVALS,
  ...START,
  ...LEDGER,
  ...CATALOGUE,
  ...FILES,
  ...POLICIES,
};

export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];
export type Word = keyof typeof WORDS;

/** Names that stand in braces in a text. */
type Names<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type NamesOf<W extends Word> = Names<(typeof WORDS)[W][0]>;

/** What fills the braces: nothing where a text has none. */
export type Filling<W extends Word> = [NamesOf<W>] extends [never]
  ? []
  : [values: Readonly<Record<NamesOf<W>, string | number>>];

/** Words that are there for one and for several, as `runs.count.one` and `runs.count.other`. */
export type Counted = Word extends infer W ? (W extends `${infer Base}.other` ? Base : never) : never;

export function textOf(
  language: Language,
  word: Word,
  values: Readonly<Record<string, string | number>> = {},
): string {
  const text: string = WORDS[word][language === "en" ? 0 : 1];
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
