export { visible } from "../contract/visible.ts";

/** A text that is cut in its middle where it is too long, with what identifies it as a whole. */
export function shorten(text: string, maxCharacters: number, name: (length: number) => string): string {
  const characters = Array.from(text);
  if (characters.length <= maxCharacters) return text;
  const tail = Math.floor(maxCharacters / 4);
  const head = characters.slice(0, maxCharacters - tail).join("");
  return `${head} … ${characters.slice(-tail).join("")} (${name(characters.length)})`;
}

/**
 * Lines as a person can overlook them: several empty ones in a row become one that counts them, and of too many the
 * middle is left out and counted. Nothing can be pushed out of sight.
 */
export function foldLines(lines: readonly string[], maxLines: number): string[] {
  const folded: string[] = [];
  let blank = 0;
  const endBlank = () => {
    if (blank > 0) folded.push(blank < 3 ? "" : `… ${blank} empty lines`);
    if (blank === 2) folded.push("");
    blank = 0;
  };
  for (const line of lines) {
    if (/^[+\- ]?\s*$/.test(line)) {
      blank++;
      continue;
    }
    endBlank();
    folded.push(line);
  }
  endBlank();
  if (folded.length <= maxLines) return folded;
  const tail = Math.floor(maxLines / 4);
  const head = maxLines - tail;
  return [
    ...folded.slice(0, head),
    `… ${folded.length - head - tail} more lines`,
    ...folded.slice(folded.length - tail),
  ];
}
