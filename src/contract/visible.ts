/**
 * The text with every character written out as `\u{…}` that nobody sees, that moves the cursor or turns the direction
 * of reading, and with towers of accents cut.
 */
export function visible(text: string): string {
  return text
    .replace(TOWER, (_, first: string, rest: string) => first + rest.replace(/./gsu, escaped))
    .replace(INVISIBLE, escaped);
}

// Default ignorable: variation selectors, fillers, joiners. An ideographic space is wide, and seen as a gap.
const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]|(?![ \u3000])\p{Zs}/gu;
const TOWER = /(\p{M}{4})(\p{M}+)/gu;

function escaped(char: string): string {
  return `\\u{${Number(char.codePointAt(0)).toString(16)}}`;
}

/** A text of somebody whom nobody trusts, on one line: visible, and at most so long. */
export function quoted(text: string, maxCharacters: number): string {
  const line = visible(text.trim().replaceAll(/\s+/g, " "));
  return line.length <= maxCharacters ? line : `${line.slice(0, maxCharacters - 1).toWellFormed()}…`;
}
