/** A command line that a POSIX shell reads as exactly these words, in printable characters alone. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!/[\p{C}\p{Zl}\p{Zp}]/u.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  const escaped = word.replace(/[\\'\p{C}\p{Zl}\p{Zp}]/gu, escapeChar);
  return `$'${escaped}'`;
}

function escapeChar(char: string): string {
  if (char === "\\" || char === "'") return `\\${char}`;
  return [...Buffer.from(char)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
