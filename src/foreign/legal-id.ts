import { quoted } from "../contract/visible.ts";

/** Ids for foreign names, in their order: `<name>.<tool>` in legal characters. */
export type LegalId = { readonly id: string; readonly note?: string };

const MAX_CHARACTERS = 64;

/** The id of each name; names that come to the same id are numbered, in the order in which they are given. */
export function legalIds(prefix: string, names: readonly string[]): LegalId[] {
  const taken = new Set<string>();
  const last = new Map<string, number>();
  return names.map((name) => {
    const plain = legalPart(name);
    let part = plain;
    for (let number = last.get(plain) ?? 2; taken.has(part); number++) {
      part = `${plain}_${number}`;
      last.set(plain, number + 1);
    }
    taken.add(part);
    const id = `${prefix}.${part}`;
    if (letters(part) === letters(name)) return { id };
    const why = part === plain ? "" : ", because another one comes to the same";
    return { id, note: `the name ${JSON.stringify(quoted(name, 80))} became ${part}${why}` };
  });
}

/** What is left of a name where it does not matter how words are put together. */
function letters(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}

/** The name in the characters that an id may have; `readFile` becomes `read_file`. */
export function legalPart(name: string): string {
  const plain = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .slice(0, MAX_CHARACTERS);
  return plain === "" ? "tool" : plain;
}
