// Control characters, and those that reorder or hide text: a terminal or a page would obey them.
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu;

/** The text with everything that a reader could not see, or that could act on the reader's screen, as `\u{…}`. */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(INVISIBLE, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}
