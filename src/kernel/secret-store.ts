import { join } from "node:path";
import { z } from "zod";

import { RuntimeError } from "../contract/errors.ts";
import { SecretName } from "../contract/foreign.ts";
import { filesIn, makePrivate, makePrivateDir, readPrivate, shred } from "../ledger/private-file.ts";

/** A secret without its value. */
export type KeptSecret = {
  readonly name: string;
  /** Where alone it goes: hosts, and absolute paths of programs. */
  readonly places: readonly string[];
  /** ISO 8601 UTC. */
  readonly setAt: string;
};

/** The secrets of an installation: in its home, each in a file that its owner alone can read. */
export type SecretStore = {
  readonly list: () => KeptSecret[];
  /** Puts a value in place of the one before. @throws INPUT_INVALID, OS_PERMISSION, DISK_FULL */
  readonly set: (name: string, value: string, places: readonly string[]) => void;
  /** @throws SECRET_UNAVAILABLE */
  readonly remove: (name: string) => void;
  /** @throws SECRET_UNAVAILABLE where there is none of that name, or it is not for that place */
  readonly value: (name: string, place: string) => string;
  /** All values, for whoever must recognise them. */
  readonly values: () => string[];
};

const Kept = z.strictObject({ value: z.string(), places: z.array(z.string()), setAt: z.string() });

// Shorter ones could not be told from other texts, and so not be hidden.
const MIN_CHARACTERS = 8;
const MAX_CHARACTERS = 8192;

export function openSecrets(home: string): SecretStore {
  const directory = join(home, "secrets");
  const names = (): string[] =>
    filesIn(directory)
      .filter((name) => SecretName.safeParse(name).success)
      .sort();
  const find = (name: string): Buffer => {
    const content = SecretName.safeParse(name).success ? readPrivate(join(directory, name)) : undefined;
    if (content !== undefined) return content;
    throw new RuntimeError("SECRET_UNAVAILABLE", `There is no secret ${name.slice(0, 64)}.`);
  };
  const read = (name: string): z.output<typeof Kept> => {
    const kept = parseKept(find(name));
    if (kept !== undefined) return kept;
    throw new RuntimeError(
      "SECRET_UNAVAILABLE",
      `The file of the secret ${name} is damaged; set or remove it.`,
    );
  };
  return {
    list: () =>
      names().map((name) => {
        const { places, setAt } = read(name);
        return { name, places, setAt };
      }),
    set(name, value, places) {
      if (value.length < MIN_CHARACTERS || value.length > MAX_CHARACTERS)
        throw new RuntimeError(
          "INPUT_INVALID",
          `A secret has ${MIN_CHARACTERS} to ${MAX_CHARACTERS} characters.`,
        );
      // RFC 9110 §5.5: nothing else can be in a header.
      if (!/^[\x21-\x7E](?:[\x20-\x7E]*[\x21-\x7E])?$/.test(value))
        throw new RuntimeError(
          "INPUT_INVALID",
          "A secret is one line of ASCII characters, without spaces around it.",
        );
      makePrivateDir(directory);
      shred(join(directory, name));
      const kept = { value, places: [...places], setAt: new Date().toISOString() };
      makePrivate(join(directory, name), Buffer.from(JSON.stringify(kept)));
    },
    remove(name) {
      find(name);
      shred(join(directory, name));
    },
    value(name, place) {
      const { value, places } = read(name);
      if (places.includes(place)) return value;
      throw new RuntimeError(
        "SECRET_UNAVAILABLE",
        `The secret ${name} is not for ${place}, but for ${places.join(", ")}.`,
      );
    },
    // One that nobody can read any more, nobody can give away.
    values: () => names().flatMap((name) => parseKept(find(name))?.value ?? []),
  };
}

function parseKept(content: Buffer): z.output<typeof Kept> | undefined {
  try {
    return Kept.parse(JSON.parse(content.toString("utf8")));
  } catch {
    return undefined;
  }
}
