/** Deeper values are refused: code that walks them would run out of stack. */
export const MAX_DEPTH = 256;

/** Whether JSON is nested too deeply; the text must be valid JSON. */
export function isTooDeep(json: string): boolean {
  if (json.length <= 2 * MAX_DEPTH || !opensMoreThan(MAX_DEPTH, json)) return false;
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (isInString) {
      if (character === "\\") i++;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === "{" || character === "[") {
      if (++depth > MAX_DEPTH) return true;
    } else if (character === "}" || character === "]") depth--;
  }
  return false;
}

/** Whether a text has more opening brackets than this, in strings or not: most have a few. */
function opensMoreThan(most: number, json: string): boolean {
  let left = most;
  for (const bracket of "[{")
    for (let at = json.indexOf(bracket); at !== -1; at = json.indexOf(bracket, at + 1))
      if (left-- === 0) return true;
  return false;
}
