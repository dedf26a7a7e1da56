import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { sha256 } from "../../contract/digest.ts";
import { makePrivate, makePrivateDir, readPrivate } from "../../ledger/private-file.ts";

/** Answers that later processes of this installation need not find again. */
export type DecisionCache = {
  readonly get: (key: string) => unknown;
  readonly set: (key: string, value: unknown) => void;
};

const MAX_BYTES = 1024 * 1024;

/**
 * The cache of an installation, in a private file. Each line has a MAC of its key and value, under a key of this home:
 * a line that somebody else wrote, or that was torn, answers nothing. What cannot be read or written costs time and
 * nothing else.
 */
export function openDecisionCache(home: string): DecisionCache {
  const path = join(home, "cache", "decisions");
  let lines: Map<string, string> | undefined;
  let size = 0;
  let macKey: Buffer | undefined;
  const macOf = (key: string, json: string): Buffer => {
    macKey ??= keyAt(join(home, "keys", "decisions.key"));
    return createHmac("sha256", macKey).update(`${key}\n${json}`).digest();
  };

  const load = (): Map<string, string> => {
    const text = readText(path);
    size = Buffer.byteLength(text);
    return new Map(text.split("\n").map((line) => [line.slice(0, 64), line]));
  };

  return {
    get(key) {
      lines ??= load();
      const name = sha256(key);
      const line = lines.get(name);
      if (line === undefined) return undefined;
      const [, mac = "", json = ""] = /^[0-9a-f]{64} ([0-9a-f]{64}) (.*)$/.exec(line) ?? [];
      const given = Buffer.from(mac, "hex");
      if (given.length !== 32 || !timingSafeEqual(given, macOf(key, json))) return undefined;
      return JSON.parse(json) as unknown;
    },
    set(key, value) {
      lines ??= load();
      const json = JSON.stringify(value);
      const line = `${sha256(key)} ${macOf(key, json).toString("hex")} ${json}`;
      lines.set(line.slice(0, 64), line);
      try {
        if (size > MAX_BYTES) rmSync(path, { force: true });
        size = (size > MAX_BYTES ? 0 : size) + line.length + 1;
        makePrivateDir(dirname(path));
        appendFileSync(path, `\n${line}\n`, { mode: 0o600 });
      } catch {
        // A full or read-only home: the next process finds the answer again.
      }
    },
  };
}

function keyAt(path: string): Buffer {
  const known = readPrivate(path);
  if (known !== undefined) return known;
  makePrivateDir(dirname(path));
  return makePrivate(path, randomBytes(32));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
