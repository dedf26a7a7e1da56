import { type Bytes, equal, fromBase64, hex, join, sha256, utf8 } from "./bytes.ts";

/** What a checkpoint states: the first `size` entries of the log `origin` have this tree root (C2SP tlog-checkpoint). */
export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Bytes };

export type Key = { readonly name: string; readonly id: string; readonly publicKey: Bytes };

const ED25519 = 0x01;

/** A verifier key (`name+id+key`), whose id must be made of the rest; `undefined` for anything else. */
export async function parseKey(verifier: string): Promise<Key | undefined> {
  const [, name = "", id = "", encoded = ""] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(verifier) ?? [];
  const typed = fromBase64(encoded);
  if (typed.length !== 33 || typed[0] !== ED25519) return undefined;
  const expected = hex((await sha256(join(utf8(`${name}\n`), typed))).slice(0, 4));
  return id === expected ? { name, id, publicKey: typed.slice(1) } : undefined;
}

/** Whether this key signed a text, by the Ed25519 of the browser. @throws DOMException where the browser has none */
export async function isSignedBy({ publicKey }: Key, text: string, signature: Bytes): Promise<boolean> {
  const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", key, signature, utf8(text));
}

/** What a signed note (C2SP signed-note) states under a key; `undefined` where that key has not signed it. */
export async function openCheckpoint(note: string, key: Key): Promise<Checkpoint | undefined> {
  const split = note.lastIndexOf("\n\n");
  if (split < 0) return undefined;
  const text = note.slice(0, split + 1);
  for (const line of note.slice(split + 2).split("\n")) {
    const [dash, name, encoded] = line.split(" ");
    const bytes = fromBase64(encoded ?? "");
    if (dash !== "\u2014" || name !== key.name || hex(bytes.slice(0, 4)) !== key.id) continue;
    if (await isSignedBy(key, text, bytes.slice(4))) return parseCheckpoint(text, key.name);
  }
  return undefined;
}

function parseCheckpoint(text: string, origin: string): Checkpoint | undefined {
  const [, name = "", size = "", encoded = ""] =
    /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n$/.exec(text) ?? [];
  const root = fromBase64(encoded);
  return name === origin && root.length === 32 ? { origin, size: Number(size), root } : undefined;
}

/** Whether the previous key itself names the next one, so that it is trusted as the previous one was. */
export async function isHandOver(previous: string, next: string, signature: string): Promise<boolean> {
  const [before, after] = [await parseKey(previous), await parseKey(next)];
  if (before === undefined || after === undefined || before.name !== after.name) return false;
  return isSignedBy(before, `ai-first-runtime key-changed\n${next}\n`, fromBase64(signature));
}

export function isSameRoot(left: Checkpoint, root: Bytes): boolean {
  return equal(left.root, root);
}
