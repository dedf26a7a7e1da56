/** Texts by their names: English, Chinese. */
export type TwoLanguages = Readonly<Record<string, readonly [en: string, zh: string]>>;
