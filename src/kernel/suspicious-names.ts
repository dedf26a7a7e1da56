import { domainToUnicode } from "node:url";

import { visible } from "./consent.ts";

const MAX_CHARACTERS = 2000;
const MAX_FOUND = 5;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const SCRIPTS = {
  Latin: /\p{Script=Latin}/u,
  Cyrillic: /\p{Script=Cyrillic}/u,
  Greek: /\p{Script=Greek}/u,
  Armenian: /\p{Script=Armenian}/u,
  Cherokee: /\p{Script=Cherokee}/u,
};
// Unicode TR39, the letters that look like Latin ones in most fonts.
const ALIKE: Readonly<Record<string, string>> = {
  ...pairs("аеорсухіјѕԁһԛԝвкмнтгАВЕКМНОРСТУХІЈЅ", "aeopcyxijsdhqwbkmhtrABEKMHOPCTYXIJS"),
  ...pairs("αορνικτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aopviktuxABEZHIKMNOPTYX"),
};
// Full-width, mathematical and enclosed letters and digits.
const STYLED = /[\uFF01-\uFF5E\u2460-\u24FF\u{1D400}-\u{1D7FF}]/u;
const HOST = /[\p{L}\p{N}.-]+/gu;

/** What in a text may be read as something else: letters of several scripts in one word, look-alikes, disguised hosts. */
export function suspicionsIn(text: string): string[] {
  const looked = text.slice(0, MAX_CHARACTERS);
  const words = [...new Set(looked.match(WORD) ?? [])];
  const hosts = (looked.match(HOST) ?? []).filter((each) => each.toLowerCase().includes("xn--"));
  const found = [...words.flatMap(inWord), ...hosts.flatMap(inHost)];
  return found.slice(0, MAX_FOUND);
}

function inWord(word: string): string[] {
  const scripts = Object.entries(SCRIPTS).flatMap(([name, script]) => (script.test(word) ? [name] : []));
  const shown = `"${visible(word.slice(0, 60))}"`;
  if (scripts.length > 1) return [`${shown} mixes ${scripts.join(" and ")} letters: ${codesOf(word)}`];
  if (STYLED.test(word)) return [`${shown} is no plain text: it reads "${visible(word.normalize("NFKC"))}"`];
  const read = Array.from(word, (letter) => ALIKE[letter] ?? (/\p{N}/u.test(letter) ? letter : undefined));
  const isAlike = scripts[0] !== "Latin" && /\p{L}/u.test(word) && !read.includes(undefined);
  return isAlike && read.length > 1 ? [`${shown} is ${scripts[0]} and looks like "${read.join("")}"`] : [];
}

function inHost(host: string): string[] {
  const shown = domainToUnicode(host);
  return shown === "" || shown === host.toLowerCase() ? [] : [`"${host}" is shown as "${visible(shown)}"`];
}

function codesOf(word: string): string {
  const foreign = [...new Set(word)].filter((letter) => !SCRIPTS.Latin.test(letter) && /\p{L}/u.test(letter));
  return foreign
    .slice(0, 8)
    .map((letter) => `U+${Number(letter.codePointAt(0)).toString(16).toUpperCase().padStart(4, "0")}`)
    .join(" ");
}

function pairs(from: string, to: string): Record<string, string> {
  return Object.fromEntries(Array.from(from, (letter, index) => [letter, to.charAt(index)]));
}
