import type { Sealer } from "./ledger.ts";

/** A set of values that are searched for in texts, raw and in the encodings that programs usually put them into. */
export type KnownSecrets = {
  /** Values shorter than `MIN_SECRET_LENGTH` are not searched for: they would be found everywhere. */
  readonly add: (secret: string) => void;
  /** As `add`, until many others were added. */
  readonly addRecent: (secret: string) => void;
  occursIn(text: string): boolean;
};

export const MIN_SECRET_LENGTH = 6;

// A rolling hash over so many code units finds the places where a form may begin.
const WINDOW = 6;
const FACTOR = 0x01000193;
const SLOTS = 1 << 16;

let oldest = 1;
for (let i = 0; i < WINDOW; i++) oldest = Math.imul(oldest, FACTOR);
const OLDEST_FACTOR = oldest;

// Enough for the runs that are under way; a server that sees ever new secrets must not grow without end.
const MAX_RECENT = 5000;
const MAX_RECENT_CHARACTERS = 16_000_000;

// By its beginning a long one is found as well.
const MAX_SEARCHED = 512;

/** Every text in a value that is secret as a whole. */
export function addRecentSecrets(value: unknown, sealer: Pick<Sealer, "addRecentSecret">): void {
  if (typeof value === "string") sealer.addRecentSecret(value);
  else if (typeof value === "object" && value !== null)
    for (const member of Object.values(value)) addRecentSecrets(member, sealer);
}

/** `lasting`: what `add` adds to, shared with others where it is given. */
export function createKnownSecrets(lasting: FormIndex = createFormIndex()): KnownSecrets {
  let recent = createFormIndex();
  let older = createFormIndex();
  return {
    add: lasting.add,
    addRecent(secret) {
      if (recent.size() >= MAX_RECENT || recent.characters() >= MAX_RECENT_CHARACTERS) {
        older = recent;
        recent = createFormIndex();
      }
      recent.add(secret);
    },
    occursIn: (text) => lasting.occursIn(text) || recent.occursIn(text) || older.occursIn(text),
  };
}

/** Secrets in all of their forms. */
export type FormIndex = {
  size(): number;
  /** Of all forms. */
  characters(): number;
  readonly add: (secret: string) => void;
  occursIn(text: string): boolean;
};

export function createFormIndex(): FormIndex {
  const secrets = new Set<string>();
  const slots = new Uint8Array(SLOTS);
  const formsBySlot = new Map<number, Set<string>>();
  let characters = 0;

  return {
    size: () => secrets.size,
    characters: () => characters,

    add(whole: string): void {
      // Not half of a character.
      const secret = whole.slice(0, MAX_SEARCHED).replace(/[\uD800-\uDBFF]$/, "");
      if (secret.length < MIN_SECRET_LENGTH || secrets.has(secret)) return;
      secrets.add(secret);
      for (const form of formsOf(secret)) {
        if (form.length < WINDOW) continue;
        characters += form.length;
        let hash = 0;
        for (let i = 0; i < WINDOW; i++) hash = (Math.imul(hash, FACTOR) + form.charCodeAt(i)) | 0;
        const slot = slotOf(hash);
        slots[slot] = 1;
        formsBySlot.set(slot, (formsBySlot.get(slot) ?? new Set()).add(form));
      }
    },

    occursIn(text: string): boolean {
      if (secrets.size === 0) return false;
      let hash = 0;
      for (let i = 0; i < text.length; i++) {
        hash = (Math.imul(hash, FACTOR) + text.charCodeAt(i)) | 0;
        if (i >= WINDOW) hash = (hash - Math.imul(OLDEST_FACTOR, text.charCodeAt(i - WINDOW))) | 0;
        const slot = slotOf(hash);
        if (slots[slot] === 0 || i < WINDOW - 1) continue;
        for (const form of formsBySlot.get(slot) ?? [])
          if (text.startsWith(form, i - WINDOW + 1)) return true;
      }
      return false;
    },
  };
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 16)) & (SLOTS - 1);
}

function formsOf(secret: string): Set<string> {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  const percent = hex.replaceAll(/../g, "%$&");
  const component = encodeURIComponent(secret.toWellFormed());
  const forms = new Set([secret, hex, hex.toUpperCase(), percent, percent.replaceAll(/[a-f]/g, toUpper)]);
  for (const encoded of [component, encodeURI(secret.toWellFormed())]) {
    forms.add(encoded);
    forms.add(encoded.replaceAll(/%../g, (code) => code.toLowerCase()));
    forms.add(encoded.replaceAll("%20", "+"));
  }
  for (let offset = 0; offset < 3; offset++) {
    const base64 = alignedBase64(bytes, offset);
    forms.add(base64);
    forms.add(base64.replaceAll("+", "-").replaceAll("/", "_"));
  }
  // JSON within JSON within the JSON of the entry, and that as it stands in the text that is searched.
  let escaped = secret;
  for (let depth = 0; depth < 4; depth++) {
    escaped = JSON.stringify(escaped).slice(1, -1);
    forms.add(escaped);
  }
  return forms;
}

function toUpper(text: string): string {
  return text.toUpperCase();
}

// The characters that depend on the secret alone, when `offset` (modulo 3) other bytes stand before it.
function alignedBase64(bytes: Buffer, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}
